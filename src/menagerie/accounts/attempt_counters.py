"""Attempt counters, in Valkey and also in the process, so that an outage of Valkey grants no fresh attempts."""

import hashlib
import hmac
import math
import time
from dataclasses import dataclass

from menagerie.cache.connection import Cache
from menagerie.cache.memory import ttl_cache
from menagerie.cache.namespace import PLATFORM, Key
from menagerie.secrets.envelope import MasterKeys

DAY_SECONDS = 24 * 60 * 60
_MAX_COUNTERS = 100_000


@dataclass(slots=True)
class _Tries:
    """Attempts in a window that begins with the first one and is not extended by later ones."""

    ends: float
    count: int = 0


class AttemptCounters:
    """Counts attempts under keyed hashes, so that a counter's key does not reveal what it counts."""

    def __init__(self, cache: Cache, keys: MasterKeys) -> None:
        self._cache = cache
        self._secret = keys.purpose("throttle")
        self._local = ttl_cache(str, _Tries, max_size=_MAX_COUNTERS, seconds=DAY_SECONDS)

    def key(self, kind: str, *values: str) -> Key:
        """The key of a counter, or of another fact about attempts."""
        digest = hmac.digest(self._secret, "\0".join((kind, *values)).encode(), hashlib.sha256).hex()[:32]
        return PLATFORM.key("attempts", digest)

    def pseudonym(self, user_id: str) -> str:
        """The security log's name for an account that a client claims to be."""
        return hmac.digest(self._secret, f"account\0{user_id}".encode(), hashlib.sha256).hex()[:16]

    async def increase(self, key: Key, *, seconds: int) -> int:
        """Count an attempt in a window of this many seconds, and return the count."""
        tries = self._current(key)
        if tries is None:
            tries = self._local[key] = _Tries(time.monotonic() + seconds)
        tries.count += 1
        return max(tries.count, await self._cache.count(key, seconds=seconds) or 0)

    async def count(self, key: Key) -> int:
        """The number of attempts."""
        tries = self._current(key)
        return max(tries.count if tries is not None else 0, int(await self._cache.get(key) or 0))

    async def seconds_left(self, key: Key) -> int:
        """Seconds until the counter's window ends; 0 if there is none."""
        tries = self._current(key)
        local = math.ceil(tries.ends - time.monotonic()) if tries is not None else 0
        return max(local, await self._cache.seconds_left(key))

    async def reset(self, key: Key) -> None:
        """Forget the attempts."""
        self._local.pop(key, None)
        await self._cache.delete(key)

    async def note(self, key: Key, *, seconds: int) -> None:
        """Note a fact about attempts for this many seconds, in Valkey only."""
        await self._cache.set(key, b"1", seconds=seconds)

    async def is_noted(self, key: Key) -> bool:
        """Whether a fact is noted."""
        return await self._cache.get(key) is not None

    def _current(self, key: Key) -> _Tries | None:
        tries = self._local.get(key)
        return tries if tries is not None and tries.ends > time.monotonic() else None
