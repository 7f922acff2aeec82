"""The tables and columns that go into bundles, ordered so that each comes after the tables it refers to."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Table

from menagerie.database.tables import deleted_store, merchant, stores

# Nobody is signed in after a restore, so access tokens are not backed up.
_NOT_KEPT = frozenset(["access_token"])


@dataclass(frozen=True, slots=True)
class Shape:
    """A table, and those of its columns that are not computed."""

    name: str
    columns: list[str]


def _shapes(tables: Iterable[Table]) -> list[Shape]:
    return [Shape(table.name, [c.name for c in table.columns if c.computed is None]) for table in tables]


BUNDLED = _shapes(table for table in stores.sorted_tables if table.name not in _NOT_KEPT)
# Stores' rows and owners are in their own bundles, so that each bundle is consistent and can be restored by itself.
PLATFORM_BUNDLED = _shapes([merchant, deleted_store])
