"""Stores in GraphQL, and what every feature's GraphQL stands on: failures, field problems, pages, public fields."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import strawberry

from menagerie.database.paging import Page
from menagerie.database.session import ReadSession, WriteSession
from menagerie.stores.models import Store as StoreModel
from menagerie.stores.service import Stores
from menagerie.validation import FieldProblem as FieldProblemModel

Item = TypeVar("Item")
Node = TypeVar("Node")
Result = TypeVar("Result")

PUBLIC = {"public": True}
"""Metadata of a root field whose answer is the same for everybody in the store, until the catalogue changes."""

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


def public(cls: type[Item]) -> type[Item]:
    """Declare every field of a type public: the same for everybody in the store."""
    cls.public_in_store = True  # type: ignore[attr-defined]
    return cls


@strawberry.interface(description="Why something was not done, in a sentence that a customer can read.")
class Failure:
    """Base of all failures that are data."""

    message: str


@strawberry.type(description="What is wrong with one field of the input.")
class FieldProblem:
    """One field's problem."""

    field: str
    message: str


@strawberry.type(description="Some fields need to be mended; nothing was changed.")
class InvalidInput(Failure):
    """Problems of several fields."""

    problems: list[FieldProblem]


def invalid_input(problems: Sequence[FieldProblemModel]) -> InvalidInput:
    """The failure that tells of these problems."""
    return InvalidInput(
        message=" ".join(problem.message for problem in problems),
        problems=[FieldProblem(field=problem.field, message=problem.message) for problem in problems],
    )


@public
@strawberry.type(description="Where a page of a list lies in it (Relay).")
class PageInfo:
    """Position of a page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@public
@strawberry.type(description="A row of a list, with the cursor that leads on from it.")
class Edge(Generic[Node]):
    """A node with its cursor."""

    cursor: str
    node: Node


@public
@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    """A page of nodes."""

    edges: list[Edge[Node]]
    nodes: list[Node]
    page_info: PageInfo
    total_count: int


def connection(page: Page[Item], node: Callable[[Item], Node], cursor: Callable[[Item], str]) -> Connection[Node]:
    """A page as GraphQL shows it."""
    edges = [Edge(cursor=cursor(item), node=node(item)) for item in page.items]
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        total_count=page.total,
    )


@public
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

    @strawberry.field(description="The store that the credentials name.", metadata=PUBLIC)
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
