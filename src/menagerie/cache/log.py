"""Versions that say what changed: who knows an older one catches up, instead of reading everything anew.

The value of such a version is a short log, the newest change first. It comes with the version in the same look at
Valkey. Whoever does not find the version that they know in it has missed something.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import VERSION_BYTES, Version, new_version, version_key

_MAX_BYTES = 4 * 1024
"""Of a log; the oldest changes are cut off. Some hundred sales fit in."""

_LENGTH_BYTES = 2
# One step for Valkey, so that two who append at once do not lose each other's change.
_APPEND = """
redis.call('SET', KEYS[1], ARGV[1] .. string.sub(redis.call('GET', KEYS[1]) or '', 1, tonumber(ARGV[2])))
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A version, and the change that led to it: empty where it is not said what it was."""

    version: Version
    change: bytes


class ChangeLog:
    """Appends changes."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def append(self, namespace: Namespace, subject: str, change: bytes) -> bool:
        """Replace the version, saying what changed. False where Valkey is away."""
        entry = new_version() + len(change).to_bytes(_LENGTH_BYTES) + change
        return await self._cache.evaluate(
            _APPEND, version_key(namespace, subject), entry, str(max(0, _MAX_BYTES - len(entry))).encode()
        )


def version_of(value: bytes) -> Version:
    """The version itself, without what it says of earlier changes."""
    return value[:VERSION_BYTES]


def entries(value: bytes) -> Iterator[Entry]:
    """The changes that a version's value tells of, the newest first; the last one may have been cut off."""
    start = 0
    while start + VERSION_BYTES <= len(value):
        version = value[start : start + VERSION_BYTES]
        start += VERSION_BYTES
        length = int.from_bytes(value[start : start + _LENGTH_BYTES])
        start += _LENGTH_BYTES
        change = value[start : start + length]
        start += length
        yield Entry(version, change if len(change) == length else b"")
