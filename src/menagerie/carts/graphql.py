"""Carts in GraphQL."""

from typing import Annotated

import strawberry

from menagerie.accounts.models import Caller
from menagerie.carts import service
from menagerie.carts.models import Cart as CartModel
from menagerie.carts.models import CartEmptyError
from menagerie.graphql.context import Info
from menagerie.graphql.failures import Failure
from menagerie.pets.graphql import Pet, PetNotFound, PetsUnavailableFailure, parsed_id, pet_of
from menagerie.pets.service import PetNotFoundError
from menagerie.purchases.graphql import Purchase, purchase_of, unavailable_of
from menagerie.purchases.models import PetsUnavailableError
from menagerie.stores.graphql import read, write
from menagerie.stores.models import Store


@strawberry.type(description="Your cart. Pets that were sold or removed stay in it until you take them out.")
class Cart:
    """A cart."""

    pets: list[Pet]
    available_count: int
    unavailable_count: int


def cart_of(store: Store, model: CartModel) -> Cart:
    """A cart as its customer sees it."""
    return Cart(
        pets=[pet_of(store, pet) for pet in model.pets],
        available_count=model.available_count,
        unavailable_count=model.unavailable_count,
    )


@strawberry.type(name="CartEmpty", description="There is nothing in the cart.")
class CartEmptyFailure(Failure):
    """An empty cart."""


AddToCartResult = Annotated[Cart | PetsUnavailableFailure | PetNotFound, strawberry.union("AddToCartResult")]
CheckoutResult = Annotated[Purchase | PetsUnavailableFailure | CartEmptyFailure, strawberry.union("CheckoutResult")]


@strawberry.type
class CartQuery:
    """Queries about the customer's cart."""

    @strawberry.field(description="Your cart.")
    async def cart(self, info: Info) -> Cart:
        """The cart."""
        store, caller = info.context[Store], info.context[Caller]
        return cart_of(store, await read(info.context, lambda session: service.cart(session, caller)))


@strawberry.type
class CartMutation:
    """Changes to the customer's cart, and checkout."""

    @strawberry.mutation(description="Put a pet into the cart.")
    async def add_to_cart(self, info: Info, pet_id: strawberry.ID) -> AddToCartResult:
        """Add a pet."""
        store, caller = info.context[Store], info.context[Caller]
        wanted = parsed_id(pet_id)
        try:
            return cart_of(store, await write(info.context, lambda session: service.add(session, caller, wanted)))
        except PetNotFoundError as error:
            return PetNotFound(message=str(error))
        except PetsUnavailableError as error:
            return unavailable_of(store, error)

    @strawberry.mutation(description="Take a pet out of the cart. Does nothing if it isn't there.")
    async def remove_from_cart(self, info: Info, pet_id: strawberry.ID) -> Cart:
        """Remove a pet."""
        store, caller = info.context[Store], info.context[Caller]
        unwanted = parsed_id(pet_id)
        return cart_of(store, await write(info.context, lambda session: service.remove(session, caller, unwanted)))

    @strawberry.mutation(description="Take the sold and removed pets out of the cart.")
    async def remove_unavailable_from_cart(self, info: Info) -> Cart:
        """Remove pets that can't be bought."""
        store, caller = info.context[Store], info.context[Caller]
        return cart_of(store, await write(info.context, lambda session: service.remove_unavailable(session, caller)))

    @strawberry.mutation(description="Buy everything in the cart, or nothing.")
    async def checkout(self, info: Info, idempotency_key: str | None = None) -> CheckoutResult:
        """Check out."""
        store, caller = info.context[Store], info.context[Caller]
        try:
            return purchase_of(
                store, await write(info.context, lambda session: service.checkout(session, caller, idempotency_key))
            )
        except CartEmptyError as error:
            return CartEmptyFailure(message=str(error))
        except PetsUnavailableError as error:
            return unavailable_of(store, error)
