"""Stores in GraphQL, as their customers and as visitors see them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import strawberry

from menagerie.database.session import Database, ReadSession, WriteSession
from menagerie.graphql.cacheability import CACHEABLE, cacheable
from menagerie.graphql.context import Context, Info
from menagerie.stores.models import Store as StoreModel
from menagerie.stores.service import Stores

Result = TypeVar("Result")

WELCOME = "A greeting above the shelf; empty if there is none."
ACCENT = "The colour of its buttons and links, as #rrggbb; null if it has none of its own."


@dataclass(frozen=True, slots=True)
class Demo:
    """What the server reveals about the demo, if it is one."""

    login: Callable[[str], tuple[str, str] | None]
    """Email address and password to show on a store's sign-in page, by its slug."""


NO_DEMO = Demo(lambda _slug: None)


async def read(context: Context, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
    """Run the work in a read-only transaction on the caller's store."""
    return await context[Database].read(context[StoreModel], work)


async def write(context: Context, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
    """Run the work in a transaction on the caller's store and commit it."""
    return await context[Database].write(context[StoreModel], work)


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
    """Queries about the store that the credentials name."""

    @strawberry.field(description="The store that the credentials name.", metadata=CACHEABLE)
    def store(self, info: Info) -> Store:
        """The store of the credentials."""
        return store_of(info.context[StoreModel])


@strawberry.type(description="The login that the local demo offers.")
class DemoLogin:
    """A demo customer's credentials."""

    email: str
    password: str


@strawberry.type(description="What anybody may know about a store.")
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
    """What visitors may query."""

    @strawberry.field(description="The store with this slug, or null if there is none.")
    async def store(self, info: Info, slug: str) -> Storefront | None:
        """A store by its slug."""
        store = await info.context[Stores].find(slug)
        return storefront_of(store, info.context[Demo].login(slug)) if store else None
