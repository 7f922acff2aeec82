"""Versions, which tell whether a cached value is still valid.

Readers take the version first, query the database second, and cache the result under that version; writers replace
the version after they commit and before they answer. Versions are random, so one that is lost (Valkey restarts, is
flushed or evicts it) never comes back to make old data look current.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Key, Namespace

Version = bytes

LIFETIME_SECONDS = 60
"""How long anything is kept under a version: bounds staleness if a process dies between commit and replacement."""

VERSION_BYTES = 9
_RETRY_SECONDS = 0.25


HandOver = Callable[[Namespace, Sequence[str]], Awaitable[None]]
"""Leaves it to other processes to replace the versions of these subjects."""


async def _to_nobody(_namespace: Namespace, _subjects: Sequence[str]) -> None:
    """Null implementation."""


class Versions:
    """The versions of cached data, in Valkey, where every process sees them.

    A process that could not reach Valkey for a moment may find an old version there, whose replacement is overdue. So
    it serves nothing from its caches until it has looked for overdue ones and is told to trust Valkey again.
    """

    def __init__(self, cache: Cache, hand_over: HandOver = _to_nobody) -> None:
        self._cache = cache
        self._hand_over = hand_over
        self._trusted_failures = 0
        self.handed_over = 0
        """How many versions were left to other processes."""
        self._delayed: dict[Key, asyncio.Task[None]] = {}

    async def current(self, namespace: Namespace, subject: str) -> Version | None:
        """The version of the subject; None if it is unknown, and nothing may be served from a cache."""
        return (await self.current_many([(namespace, subject)]))[0]

    async def current_many(self, wanted: Sequence[tuple[Namespace, str]]) -> list[Version | None]:
        """The versions of several subjects, in one round trip."""
        keys = [version_key(namespace, subject) for namespace, subject in wanted]
        versions = await self._cache.get_many(keys)
        if self._cache.failures != self._trusted_failures:
            return [None] * len(keys)
        for position, key in enumerate(keys):
            if key in self._delayed:
                versions[position] = None
            elif versions[position] is None:
                versions[position] = await self._cache.get_or_set(key, new_version())
        return versions

    async def replace(self, namespace: Namespace, subjects: Iterable[str]) -> None:
        """Invalidate everything cached under the subjects' versions; if Valkey is unreachable, others do it."""
        overdue = [subject for subject in subjects if not await self.replace_now(namespace, subject)]
        for subject in overdue:
            key = version_key(namespace, subject)
            if key not in self._delayed:
                self._delayed[key] = asyncio.create_task(self._replace_later(key))
        if overdue:
            self.handed_over += len(overdue)
            await self._hand_over(namespace, overdue)

    async def replace_now(self, namespace: Namespace, subject: str) -> bool:
        """Invalidate what is cached under the subject's version. False if Valkey is unreachable."""
        return await self._cache.set(version_key(namespace, subject), new_version(), insist=True)

    def trust(self, failures: int) -> None:
        """Serve from caches again, if Valkey has failed no more often than this."""
        self._trusted_failures = failures

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
