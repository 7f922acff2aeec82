"""A log of what changed under a version, so that who knows an older one catches up instead of starting anew.

It is a stream in Valkey. An entry and the version that it leads to are written at once, so that the version is always
that of the last entry. Where it is not (the stream was displaced, or somebody replaced the version alone), nobody can
catch up, and everything is read anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import Version, new_version, version_key

_MAX_ENTRIES = 1_000
_LIFETIME_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a log: a version, and the entry that led to it."""

    version: Version
    entry: bytes | None
    """None: no entry did, so that nobody can go on from here."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was appended behind a position, in order."""

    payloads: Sequence[bytes]
    position: Position


class ChangeLog:
    """The logs of all namespaces, one for each subject."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def append(self, namespace: Namespace, subject: str, payload: bytes) -> bool:
        """Append a change, and replace the version. False where Valkey is away."""
        return await self._cache.append(
            namespace.key("log", subject),
            {b"v": (version := new_version()), b"p": payload},
            version_key(namespace, subject),
            version,
            max_entries=_MAX_ENTRIES,
            seconds=_LIFETIME_SECONDS,
        )

    async def position(self, namespace: Namespace, subject: str) -> Position | None:
        """Where the log is now; None where that can't be known."""
        version, last = await self._cache.last_entry(version_key(namespace, subject), namespace.key("log", subject))
        if version is None:
            return None
        return Position(version, last[0] if last is not None and last[1].get(b"v") == version else None)

    async def since(self, namespace: Namespace, subject: str, position: Position) -> Changes | None:
        """What came after the position; None where the log does not go on from there."""
        if position.entry is None:
            return None
        version, entries = await self._cache.entries_from(
            version_key(namespace, subject), namespace.key("log", subject), position.entry
        )
        # The first is the one that is known already: it shows that nothing is missing between. The last one must have
        # led to the version of now, or somebody changed something and did not say what.
        if not entries or entries[0][0] != position.entry or entries[0][1].get(b"v") != position.version:
            return None
        last_id, last = entries[-1]
        if last.get(b"v") != version:
            return None
        return Changes([fields.get(b"p", b"") for _, fields in entries[1:]], Position(last[b"v"], last_id))
