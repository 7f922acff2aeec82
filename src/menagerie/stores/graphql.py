"""Stores in GraphQL, as their customers and as visitors see them."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from uuid import UUID

import strawberry

from menagerie.database.session import ReadSession, WriteSession
from menagerie.graphql.cacheability import CACHEABLE, cacheable
from menagerie.stores.models import Store as StoreModel
from menagerie.stores.service import Stores

Result = TypeVar("Result")

WELCOME = "A greeting above the shelf; empty where there is none."
ACCENT = "The colour of its buttons and links, as #rrggbb; null where it has none of its own."


class StoreContext(Protocol):
    """What a resolver of a store's operations is given."""

    @property
    def store(self) -> StoreModel:
        """The caller's store."""
        ...

    async def read(self, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
        """Run the work in a read-only transaction of the store."""
        ...

    async def write(self, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work in a transaction of the store and commit it."""
        ...


class PlatformContext(Protocol):
    """What a resolver of a merchant's operations at platform level is given."""

    @property
    def stores(self) -> Stores:
        """All stores."""
        ...

    @property
    def account_id(self) -> UUID:
        """The merchant."""
        ...


class VisitorContext(Protocol):
    """What a resolver is given for somebody who is not signed in."""

    @property
    def stores(self) -> Stores:
        """All stores."""
        ...

    def demo_login(self, slug: str) -> tuple[str, str] | None:
        """Email address and password to show on the sign-in page of the local demo."""
        ...


@cacheable
@strawberry.type(description="A store.")
class Store:
    """A store, as its customers and merchants see it."""

    slug: str
    name: str
    description: str
    welcome: str = strawberry.field(description=WELCOME)
    accent: str | None = strawberry.field(description=ACCENT)
    time_zone: str
    open: bool = strawberry.field(description="Whether customers may use it; `updateStore` closes and opens it.")
    sign_up_open: bool = strawberry.field(description="Whether visitors may create accounts.")


def store_of(model: StoreModel) -> Store:
    """A store as GraphQL shows it."""
    return Store(
        slug=model.slug,
        name=model.name,
        description=model.description,
        welcome=model.welcome,
        accent=model.accent or None,
        time_zone=model.time_zone,
        open=model.open,
        sign_up_open=model.sign_up_open,
    )


@strawberry.type
class StoreQuery:
    """Asking about the store that the credentials name."""

    @strawberry.field(description="The store that the credentials name.", metadata=CACHEABLE)
    def store(self, info: strawberry.Info[StoreContext, None]) -> Store:
        """The store of the credentials."""
        return store_of(info.context.store)


@strawberry.type(description="The login that the local demo offers.")
class DemoLogin:
    """A demo customer's credentials."""

    email: str
    password: str


@strawberry.type(description="What anybody may know of a store.")
class Storefront:
    """A store, as visitors see it."""

    slug: str
    name: str
    description: str
    welcome: str = strawberry.field(description=WELCOME)
    accent: str | None = strawberry.field(description=ACCENT)
    sign_up_open: bool
    open: bool = strawberry.field(description="Whether the store is open; it can be closed for a while.")
    demo_login: DemoLogin | None = strawberry.field(description="Only in the local demo.")


def storefront_of(model: StoreModel, demo_login: tuple[str, str] | None) -> Storefront:
    """A store as visitors see it."""
    return Storefront(
        slug=model.slug,
        name=model.name,
        description=model.description,
        welcome=model.welcome,
        accent=model.accent or None,
        sign_up_open=model.sign_up_open,
        open=model.open,
        demo_login=DemoLogin(email=demo_login[0], password=demo_login[1]) if demo_login else None,
    )


@strawberry.type
class VisitorStoreQuery:
    """What a visitor may ask."""

    @strawberry.field(description="The store with this slug, or null where there is none.")
    async def store(self, info: strawberry.Info[VisitorContext, None], slug: str) -> Storefront | None:
        """A store by its slug."""
        store = await info.context.stores.find(slug)
        return storefront_of(store, info.context.demo_login(slug)) if store else None
