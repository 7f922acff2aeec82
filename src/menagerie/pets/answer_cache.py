"""Answers about a store's catalogue, kept whole under the catalogue's version, in this process and in Valkey.

Whether an answer may be kept is decided by the GraphQL layer, field by field; this room only keeps what it is given.
"""

import time
from typing import NamedTuple
from uuid import UUID

from cachetools import LRUCache

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Key
from menagerie.cache.single_flight import SingleFlight
from menagerie.cache.version import LIFETIME_SECONDS, Version
from menagerie.stores.models import Store

SUBJECT = "catalog"
"""The version of everything that is on a store's shelf, or said about the store."""

_OVERHEAD_BYTES = 300
"""What keeping an answer takes beside it."""


class CatalogVersion(NamedTuple):
    """The value of the catalogue's version when a caller was admitted; None where it is not known."""

    value: bytes | None


class _Kept(NamedTuple):
    version: Version
    expires: float
    body: bytes


class AnswerCache:
    """The answers that are kept; those that were not asked for the longest go first."""

    def __init__(self, cache: Cache, *, max_bytes: int) -> None:
        self._cache = cache
        self._max_answer_bytes = max_bytes // 8
        # An answer takes the place of the same one under an older version.
        self._memory: LRUCache[tuple[UUID, str], _Kept] = LRUCache(max_bytes, getsizeof=_size)
        self.flights: SingleFlight[tuple[bytes, bool]] = SingleFlight()
        self.lookups = {"memory": 0, "valkey": 0, "nowhere": 0}
        """How many answers were looked up so far, by where they were found."""

    @property
    def memory_bytes(self) -> int:
        """What the answers in memory take."""
        return int(self._memory.currsize)

    async def get(self, store: Store, version: Version, digest: str, *, shared: bool = True) -> bytes | None:
        """The answer that was kept for the operation with this digest under this version.

        Args:
            store: whose answer it is.
            version: of the catalogue.
            digest: of the operation.
            shared: whether to ask Valkey for what another process has kept. What is soon made is sooner made.
        """
        kept = self._memory.get((store.id, digest))
        if kept is not None and kept.version == version and time.monotonic() < kept.expires:
            self.lookups["memory"] += 1
            return kept.body
        if not shared:
            self.lookups["nowhere"] += 1
            return None
        value = await self._cache.get(_key(store, version, digest))
        if value is None or not value.startswith(store.id.bytes):
            self.lookups["nowhere"] += 1
            return None
        self.lookups["valkey"] += 1
        body = value[len(store.id.bytes) :]
        self._remember(store, version, digest, body)
        return body

    async def put(self, store: Store, version: Version, digest: str, body: bytes, *, shared: bool = True) -> None:
        """Keep an answer that was made after the version had been taken, and share it with other processes."""
        self._remember(store, version, digest, body)
        if not shared:
            return
        # The store's id travels in the value: whatever happened to the key, no store is shown another's.
        await self._cache.set(_key(store, version, digest), store.id.bytes + body, seconds=LIFETIME_SECONDS)

    def _remember(self, store: Store, version: Version, digest: str, body: bytes) -> None:
        if len(body) < self._max_answer_bytes:
            self._memory[store.id, digest] = _Kept(version, time.monotonic() + LIFETIME_SECONDS, body)


def _size(kept: _Kept) -> int:
    return len(kept.body) + _OVERHEAD_BYTES


def _key(store: Store, version: Version, digest: str) -> Key:
    return store.namespace.key("answer", version.hex(), digest)
