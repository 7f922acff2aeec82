"""A cache of whole answers about a store's catalogue, under the catalogue's version, in this process and in Valkey.

The GraphQL layer decides field by field whether an answer is cacheable; this module only stores what it is given.
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
"""The subject whose version covers everything on a store's shelf and the store's details."""

_OVERHEAD_BYTES = 300
"""The memory overhead of a cached answer."""


class CatalogVersion(NamedTuple):
    """The value of the catalogue's version when a caller was admitted; None if it is unknown."""

    value: bytes | None


class _CachedAnswer(NamedTuple):
    version: Version
    expires: float
    body: bytes


class AnswerCache:
    """The cached answers; the least recently used are evicted first."""

    def __init__(self, cache: Cache, *, max_bytes: int) -> None:
        self._cache = cache
        self._max_answer_bytes = max_bytes // 8
        # The key has no version, so that an answer replaces the one under an older version.
        self._memory: LRUCache[tuple[UUID, str], _CachedAnswer] = LRUCache(max_bytes, getsizeof=_size)
        self.flights: SingleFlight[tuple[bytes, bool]] = SingleFlight()
        self.lookups = {"memory": 0, "valkey": 0, "nowhere": 0}
        """The number of look-ups so far, by where the answer was found."""

    @property
    def memory_bytes(self) -> int:
        """The size of the answers in memory."""
        return int(self._memory.currsize)

    async def get(self, store: Store, version: Version, digest: str, *, shared: bool = True) -> bytes | None:
        """Get the cached answer to the operation with this digest under this version.

        Args:
            store: the store that the answer is about.
            version: the catalogue's version.
            digest: the operation's digest.
            shared: whether to look in Valkey for another process's answer; computing a cheap one is faster.
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
        """Cache an answer that was computed after the version was taken, and share it with other processes."""
        self._remember(store, version, digest, body)
        if not shared:
            return
        # The value carries the store's id, so that even a wrong key never shows a store another's answers.
        await self._cache.set(_key(store, version, digest), store.id.bytes + body, seconds=LIFETIME_SECONDS)

    def _remember(self, store: Store, version: Version, digest: str, body: bytes) -> None:
        if len(body) < self._max_answer_bytes:
            self._memory[store.id, digest] = _CachedAnswer(version, time.monotonic() + LIFETIME_SECONDS, body)


def _size(kept: _CachedAnswer) -> int:
    return len(kept.body) + _OVERHEAD_BYTES


def _key(store: Store, version: Version, digest: str) -> Key:
    return store.namespace.key("answer", version.hex(), digest)
