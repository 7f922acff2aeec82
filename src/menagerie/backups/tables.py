"""Which tables and columns go into bundles, in an order in which each finds what it refers to."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Table

from menagerie.database.tables import deleted_store, merchant, stores

# Nobody is signed in after a restore, so what signs in is not kept.
_NOT_KEPT = frozenset(["access_token"])


@dataclass(frozen=True, slots=True)
class Shape:
    """A table, and the columns that are written by hand and not computed."""

    name: str
    columns: list[str]


def _shapes(tables: Iterable[Table]) -> list[Shape]:
    return [Shape(table.name, [c.name for c in table.columns if c.computed is None]) for table in tables]


BUNDLED = _shapes(table for table in stores.sorted_tables if table.name not in _NOT_KEPT)
# The stores' rows, keys and owners are in their own bundles, so that each is of one moment and can be restored alone.
PLATFORM_BUNDLED = _shapes([merchant, deleted_store])
