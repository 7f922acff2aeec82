"""Answers about the public catalogue, kept whole per store and catalogue version, in this process and in Valkey.

Whether an answer is public is decided by the GraphQL layer, field by field; this room only keeps what it is given.
"""

from typing import NamedTuple

from menagerie.cache.connection import Cache
from menagerie.cache.flight import Flights
from menagerie.cache.memory import remembered
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.stores.models import Store

SUBJECT = "catalog"
_MEMORY_BYTES = 32 * 1024 * 1024


class _Place(NamedTuple):
    store: str
    version: Version
    digest: str


class Catalog:
    """The answers that are kept."""

    def __init__(self, cache: Cache, versions: Versions) -> None:
        self._cache = cache
        self._versions = versions
        self._memory = remembered(_Place, bytes, most=_MEMORY_BYTES, seconds=LIFETIME_SECONDS, size=len)
        self.flights: Flights[tuple[int, bytes]] = Flights()

    async def get(self, store: Store, version: Version, digest: str) -> bytes | None:
        """The answer that was kept for the operation with this digest under this version."""
        place = _Place(store.namespace.owner, version, digest)
        if (body := self._memory.get(place)) is not None:
            return body
        value = await self._cache.get(store.namespace.key("answer", version.hex(), digest))
        if value is None or not value.startswith(store.id.bytes):
            return None
        body = value[len(store.id.bytes) :]
        self._remember(place, body)
        return body

    async def put(self, store: Store, version: Version, digest: str, body: bytes) -> None:
        """Keep an answer that was read from the database after the version had been taken."""
        self._remember(_Place(store.namespace.owner, version, digest), body)
        key = store.namespace.key("answer", version.hex(), digest)
        # The store's id travels in the value: whatever happened to the key, no store is shown another's.
        await self._cache.set(key, store.id.bytes + body, seconds=LIFETIME_SECONDS)

    async def changed(self, store: Namespace) -> None:
        """Make every kept answer of the store old."""
        await self._versions.replace(store, [SUBJECT])

    def _remember(self, place: _Place, body: bytes) -> None:
        if len(body) < _MEMORY_BYTES // 8:
            self._memory[place] = body
