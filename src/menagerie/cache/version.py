"""Versions, which tell whether a cached value is still valid.

Readers take the version first, query the database second, and cache the result under that version; writers replace
the version after they commit and before they answer. Versions are random, so one that is lost (Valkey restarts, is
flushed or evicts it) never comes back to make old data look current.
"""

import asyncio
import secrets
from collections.abc import Iterable, Sequence

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Key, Namespace

Version = bytes

LIFETIME_SECONDS = 60
"""How long anything is kept under a version: bounds staleness if a process dies between commit and replacement."""

VERSION_BYTES = 9
_RETRY_SECONDS = 0.25


class Versions:
    """The versions of cached data, in Valkey, where every process sees them."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._delayed: dict[Key, asyncio.Task[None]] = {}

    async def current(self, namespace: Namespace, subject: str) -> Version | None:
        """The version of the subject; None if it is unknown, and nothing may be served from a cache."""
        return (await self.current_many([(namespace, subject)]))[0]

    async def current_many(self, wanted: Sequence[tuple[Namespace, str]]) -> list[Version | None]:
        """The versions of several subjects, in one round trip."""
        keys = [version_key(namespace, subject) for namespace, subject in wanted]
        versions = await self._cache.get_many(keys)
        for position, key in enumerate(keys):
            if key in self._delayed:
                versions[position] = None
            elif versions[position] is None:
                versions[position] = await self._cache.get_or_set(key, new_version())
        return versions

    async def replace(self, namespace: Namespace, subjects: Iterable[str]) -> None:
        """Invalidate everything cached under the subjects' versions."""
        for subject in subjects:
            key = version_key(namespace, subject)
            if not await self._cache.set(key, new_version(), insist=True) and key not in self._delayed:
                self._delayed[key] = asyncio.create_task(self._replace_later(key))

    async def close(self) -> None:
        """Drop the replacements that an outage of Valkey has delayed; the lifetime bounds the resulting staleness."""
        for task in self._delayed.values():
            task.cancel()

    async def _replace_later(self, key: Key) -> None:
        for _ in range(int(LIFETIME_SECONDS / _RETRY_SECONDS)):
            await asyncio.sleep(_RETRY_SECONDS)
            if await self._cache.set(key, new_version(), insist=True):
                break
        del self._delayed[key]


def version_key(namespace: Namespace, subject: str) -> Key:
    """The key of a subject's version."""
    return namespace.key("version", subject)


def new_version() -> Version:
    """A version that has never existed before and never will again."""
    return secrets.token_bytes(VERSION_BYTES)
