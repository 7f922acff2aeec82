"""Which server owns a store.

A store's transactions go to the node that holds its schema, platform work to the coordinator. Plain PostgreSQL is a
map without entries: the coordinator owns every store.
"""

from collections.abc import Mapping
from uuid import UUID

from menagerie.database.pool import Pool


class Nodes:
    """A pool per server, and the map from stores to servers."""

    def __init__(self, coordinator: Pool, owners: Mapping[UUID, Pool] | None = None) -> None:
        self.coordinator = coordinator
        self._owners = dict(owners or {})

    def owner(self, store_id: UUID) -> Pool:
        """The pool of the node that owns the store."""
        return self._owners.get(store_id, self.coordinator)

    async def open(self) -> None:
        """Open every pool without waiting for a server that is away: readiness tells of that."""
        for pool in self._all():
            await pool.open(wait=False)

    async def close(self) -> None:
        """Close every pool; transactions that run are waited for."""
        for pool in self._all():
            await pool.close()

    def _all(self) -> set[Pool]:
        return {self.coordinator, *self._owners.values()}
