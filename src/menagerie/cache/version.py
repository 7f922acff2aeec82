"""Versions: what a cached value was true of.

Readers take the version first, look at the database second and keep the result under that version; writers replace
the version after they have committed and before they answer. A version is random, so one that was lost (Valkey
restarted, flushed, displaced it) never comes back to make something old look new.
"""

import asyncio
import secrets
from collections.abc import Iterable, Sequence

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Key, Namespace

Version = bytes

LIFETIME_SECONDS = 60
"""How long anything may be kept under a version: the bound where a process dies between commit and replacement."""

_RETRY_SECONDS = 0.25


class Versions:
    """The versions of what is cached, in Valkey, where every process sees them."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._owed: dict[Key, asyncio.Task[None]] = {}

    async def current(self, namespace: Namespace, subject: str) -> Version | None:
        """The version of the subject, or None where it can't be known and nothing must be taken from a cache."""
        key = namespace.key("version", subject)
        if key in self._owed:
            return None
        return await self._cache.get(key) or await self._cache.get_or_set(key, _new())

    async def current_many(self, wanted: Sequence[tuple[Namespace, str]]) -> list[Version | None]:
        """The versions of several subjects, in one round trip."""
        return list(await asyncio.gather(*(self.current(namespace, subject) for namespace, subject in wanted)))

    async def replace(self, namespace: Namespace, subjects: Iterable[str]) -> None:
        """Make everything that was kept under the subjects' versions old."""
        for subject in subjects:
            key = namespace.key("version", subject)
            if not await self._cache.set(key, _new()) and key not in self._owed:
                self._owed[key] = asyncio.create_task(self._replace_later(key))

    async def close(self) -> None:
        """Give up on replacements that Valkey's absence has held up; the lifetime bounds what they would have said."""
        for task in self._owed.values():
            task.cancel()

    async def _replace_later(self, key: Key) -> None:
        for _ in range(int(LIFETIME_SECONDS / _RETRY_SECONDS)):
            await asyncio.sleep(_RETRY_SECONDS)
            if await self._cache.set(key, _new()):
                break
        del self._owed[key]


def _new() -> Version:
    return secrets.token_bytes(9)
