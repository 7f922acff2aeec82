"""Lists as Relay connections."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry

from menagerie.database.paging import Page
from menagerie.graphql.cacheability import cacheable

Item = TypeVar("Item")
Node = TypeVar("Node")


@cacheable
@strawberry.type(description="The position of a page in its list (Relay).")
class PageInfo:
    """Position of a page."""

    has_next_page: bool
    has_previous_page: bool
    cursors: strawberry.Private[list[Callable[[], str]]]

    @strawberry.field
    def start_cursor(self) -> str | None:
        """The cursor of the first row."""
        return self.cursors[0]() if self.cursors else None

    @strawberry.field
    def end_cursor(self) -> str | None:
        """The cursor of the last row."""
        return self.cursors[-1]() if self.cursors else None


@cacheable
@strawberry.type(description="A row of a list, with the cursor to continue from it.")
class Edge(Generic[Node]):
    """A node with its cursor, which is signed only when it is requested."""

    node: Node
    sign: strawberry.Private[Callable[[], str]]

    @strawberry.field
    def cursor(self) -> str:
        """The cursor of this row."""
        return self.sign()


@cacheable
@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    """A page of nodes."""

    edges: list[Edge[Node]]
    nodes: list[Node]
    page_info: PageInfo
    total_count: int


def connection(page: Page[Item], node: Callable[[Item], Node], cursor: Callable[[Item], str]) -> Connection[Node]:
    """Convert a page to a Relay connection."""

    def signing(item: Item) -> Callable[[], str]:
        return lambda: cursor(item)

    edges: list[Edge[Any]] = [Edge(node=node(item), sign=signing(item)) for item in page.items]
    ends = [edges[0].sign, edges[-1].sign] if edges else []
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=page.has_next, has_previous_page=page.has_previous, cursors=ends),
        total_count=page.total,
    )
