"""Stores in GraphQL, as their merchants create and change them."""

import asyncio
from importlib import import_module
from typing import Annotated

import strawberry

from menagerie.graphql.context import Info
from menagerie.graphql.failures import Failure, InvalidInput, invalid_input
from menagerie.settings import Settings
from menagerie.stores.details import StoreInvalidError
from menagerie.stores.graphql import Store, store_of
from menagerie.stores.models import Actor, NewStore, StoreChanges
from menagerie.stores.models import Store as StoreModel
from menagerie.stores.service import Stores

_ACCENT = (
    "A colour such as #2c6b45, dark enough to read on a light page; the dark page derives its own from it. "
    "Empty for the platform's."
)


@strawberry.input(description="A new store.")
class CreateStoreInput:
    """A new store's details."""

    slug: str
    name: str
    description: str = ""
    welcome: str = strawberry.field(default="", description="A greeting above the shelf.")
    accent: str = strawberry.field(default="", description=_ACCENT)
    time_zone: str = "UTC"


@strawberry.type(name="SlugTaken", description="Another store has this address.")
class SlugTakenFailure(Failure):
    """The slug is taken."""


@strawberry.type(name="TooManyStores", description="You have as many stores as you may open.")
class TooManyStoresFailure(Failure):
    """The merchant has as many stores as the operator allows."""


CreateStoreResult = Annotated[
    Store | InvalidInput | SlugTakenFailure | TooManyStoresFailure, strawberry.union("CreateStoreResult")
]


@strawberry.type
class PlatformStoreQuery:
    """A merchant's stores."""

    @strawberry.field(description="Your stores, oldest first.")
    async def stores(self, info: Info) -> list[Store]:
        """The merchant's stores."""
        return [store_of(store) for store in await info.context[Stores].of_merchant(info.context[Actor].account_id)]


@strawberry.type
class PlatformStoreMutation:
    """Creating stores."""

    @strawberry.mutation(description="Open a store that belongs to you.")
    async def create_store(
        self,
        info: Info,
        input: CreateStoreInput,  # noqa: A002  named by the GraphQL contract
    ) -> CreateStoreResult:
        """Create a store."""
        # Import late, and not on the event loop: SQLAlchemy and Alembic cost a process 20 MiB and half a second, and
        # few processes ever create a store.
        await asyncio.to_thread(import_module, "menagerie.stores.provision")
        from menagerie.stores.provision import (  # noqa: PLC0415  as above
            SlugTakenError,
            TooManyStoresError,
            create_store,
        )

        context = info.context
        wanted = NewStore(
            slug=input.slug,
            name=input.name,
            description=input.description,
            welcome=input.welcome,
            accent=input.accent,
            time_zone=input.time_zone,
        )
        try:
            return store_of(
                await create_store(
                    context[Stores],
                    wanted,
                    merchant_id=context[Actor].account_id,
                    max_stores=context[Settings].stores_per_merchant,
                )
            )
        except StoreInvalidError as error:
            return invalid_input(error.problems)
        except SlugTakenError as error:
            return SlugTakenFailure(message=str(error))
        except TooManyStoresError as error:
            return TooManyStoresFailure(message=str(error))


@strawberry.input(description="The changes to make. What you leave out, or set to null, stays as it is.")
class UpdateStoreInput:
    """Changes to a store."""

    name: str | None = None
    description: str | None = None
    welcome: str | None = strawberry.field(default=None, description="A greeting above the shelf; empty for none.")
    accent: str | None = strawberry.field(default=None, description=_ACCENT)
    time_zone: str | None = None
    open: bool | None = strawberry.field(
        default=None, description="False closes the store for customers; you can still work in it."
    )
    sign_up_open: bool | None = strawberry.field(default=None, description="Whether visitors may create accounts.")


UpdateStoreResult = Annotated[Store | InvalidInput, strawberry.union("UpdateStoreResult")]


@strawberry.type
class MerchantStoreMutation:
    """What a merchant may do with the store that the credentials name."""

    @strawberry.mutation(description="Change the store that the credentials name, with immediate effect for everybody.")
    async def update_store(
        self,
        info: Info,
        input: UpdateStoreInput,  # noqa: A002  named by the GraphQL contract
    ) -> UpdateStoreResult:
        """Change the store."""
        changes = StoreChanges(
            name=input.name,
            description=input.description,
            welcome=input.welcome,
            accent=input.accent,
            time_zone=input.time_zone,
            open=input.open,
            sign_up_open=input.sign_up_open,
        )
        context = info.context
        try:
            return store_of(await context[Stores].change(context[StoreModel], changes, actor=context[Actor].name))
        except StoreInvalidError as error:
            return invalid_input(error.problems)
