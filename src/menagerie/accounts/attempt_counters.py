"""Counters of attempts, in Valkey and also in the process, so that an unreliable Valkey grants no fresh attempts."""

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
    """Attempts in a window that begins with the first one; later ones do not extend it."""

    ends: float
    count: int = 0


class AttemptCounters:
    """Counts attempts by keyed hashes: what is counted cannot be read from a counter's key."""

    def __init__(self, cache: Cache, keys: MasterKeys) -> None:
        self._cache = cache
        self._secret = keys.purpose("throttle")
        self._here = ttl_cache(str, _Tries, max_size=_MAX_COUNTERS, seconds=DAY_SECONDS)

    def key(self, kind: str, *values: str) -> Key:
        """The key of a counter, or of another fact about attempts."""
        digest = hmac.digest(self._secret, "\0".join((kind, *values)).encode(), hashlib.sha256).hex()[:32]
        return PLATFORM.key("attempts", digest)

    def pseudonym(self, user_id: str) -> str:
        """What the security log calls an account that a client claims to be."""
        return hmac.digest(self._secret, f"account\0{user_id}".encode(), hashlib.sha256).hex()[:16]

    async def increase(self, key: Key, *, seconds: int) -> int:
        """Count one more attempt, in a window of some seconds. Returns how many there are."""
        tries = self._current(key)
        if tries is None:
            tries = self._here[key] = _Tries(time.monotonic() + seconds)
        tries.count += 1
        return max(tries.count, await self._cache.count(key, seconds=seconds) or 0)

    async def count(self, key: Key) -> int:
        """How many attempts there are."""
        tries = self._current(key)
        return max(tries.count if tries is not None else 0, int(await self._cache.get(key) or 0))

    async def seconds_left(self, key: Key) -> int:
        """Seconds until the counter's window ends; 0 without one."""
        tries = self._current(key)
        here = math.ceil(tries.ends - time.monotonic()) if tries is not None else 0
        return max(here, await self._cache.seconds_left(key))

    async def reset(self, key: Key) -> None:
        """Forget the attempts."""
        self._here.pop(key, None)
        await self._cache.delete(key)

    async def note(self, key: Key, *, seconds: int) -> None:
        """Note a fact about attempts for some seconds, in Valkey alone."""
        await self._cache.set(key, b"1", seconds=seconds)

    async def is_noted(self, key: Key) -> bool:
        """Whether a fact is noted."""
        return await self._cache.get(key) is not None

    def _current(self, key: Key) -> _Tries | None:
        tries = self._here.get(key)
        return tries if tries is not None and tries.ends > time.monotonic() else None
