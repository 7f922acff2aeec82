"""Purchases in GraphQL."""

from datetime import datetime
from typing import Annotated

import strawberry

from menagerie.accounts.models import Caller
from menagerie.database.paging import DEFAULT_ROWS, encode_cursor
from menagerie.graphql.connections import Connection, connection
from menagerie.graphql.context import Info
from menagerie.pets.graphql import Pet, PetNotFound, PetsUnavailableFailure, parsed_id, pet_of
from menagerie.pets.service import PetNotFoundError
from menagerie.purchases import service
from menagerie.purchases.models import PetsUnavailableError
from menagerie.purchases.models import Purchase as PurchaseModel
from menagerie.stores.graphql import read, write
from menagerie.stores.models import Store


@strawberry.type(description="Pets that you bought together.")
class Purchase:
    """A purchase."""

    id: strawberry.ID
    purchased_at: datetime
    pets: list[Pet]


def purchase_of(store: Store, model: PurchaseModel) -> Purchase:
    """A purchase as its customer sees it."""
    return Purchase(
        id=strawberry.ID(str(model.id)),
        purchased_at=model.purchased_at,
        pets=[pet_of(store, pet) for pet in model.pets],
    )


def unavailable_of(store: Store, problem: PetsUnavailableError) -> PetsUnavailableFailure:
    """The failure that names the pets."""
    return PetsUnavailableFailure(message=str(problem), pets=[pet_of(store, pet) for pet in problem.pets])


PurchasePetResult = Annotated[Purchase | PetsUnavailableFailure | PetNotFound, strawberry.union("PurchasePetResult")]


@strawberry.type
class PurchaseQuery:
    """Queries about the customer's purchases."""

    @strawberry.field(description="Your purchases, latest first.")
    async def purchases(
        self, info: Info, first: int | None = DEFAULT_ROWS, after: str | None = None
    ) -> Connection[Purchase]:
        """A page of the purchases."""
        store, caller = info.context[Store], info.context[Caller]
        page = await read(
            info.context,
            lambda session: service.purchases(
                session, store, caller.account_id, first=DEFAULT_ROWS if first is None else first, after=after
            ),
        )
        return connection(
            page,
            lambda purchase: purchase_of(store, purchase),
            lambda purchase: encode_cursor(store.key.sign, service.PURCHASES_LIST, [str(purchase.id)]),
        )


@strawberry.type
class PurchaseMutation:
    """One-click buying."""

    @strawberry.mutation(description="Buy a pet. Retries with the same idempotency key buy it once.")
    async def purchase_pet(
        self, info: Info, pet_id: strawberry.ID, idempotency_key: str | None = None
    ) -> PurchasePetResult:
        """Buy one pet."""
        store, caller = info.context[Store], info.context[Caller]
        wanted = parsed_id(pet_id)
        try:
            model = await write(
                info.context, lambda session: service.purchase_pet(session, caller, wanted, idempotency_key)
            )
        except PetNotFoundError as error:
            return PetNotFound(message=str(error))
        except PetsUnavailableError as error:
            return unavailable_of(store, error)
        return purchase_of(store, model)
