"""Versions that carry a log of changes, so that a process with an older version can catch up without a full reload.

The value of such a version is a short log, newest change first, read from Valkey together with the version. A
process that does not find its known version in the log has missed something.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import VERSION_BYTES, Version, new_version, version_key

_MAX_BYTES = 4 * 1024
"""The size of a log, which holds about a hundred sales; the oldest changes are cut off."""

_LENGTH_BYTES = 2
# One atomic step in Valkey, so that concurrent appends do not lose each other's changes.
_APPEND = """
redis.call('SET', KEYS[1], ARGV[1] .. string.sub(redis.call('GET', KEYS[1]) or '', 1, tonumber(ARGV[2])))
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A version and the change that led to it, empty if unknown."""

    version: Version
    change: bytes


class ChangeLog:
    """Appends changes to the logs."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def append(self, namespace: Namespace, subject: str, change: bytes) -> bool:
        """Replace the version, recording what changed. False if Valkey is unreachable."""
        entry = new_version() + len(change).to_bytes(_LENGTH_BYTES) + change
        return await self._cache.evaluate(
            _APPEND, version_key(namespace, subject), entry, str(max(0, _MAX_BYTES - len(entry))).encode()
        )


def version_of(value: bytes) -> Version:
    """The version itself, without its log."""
    return value[:VERSION_BYTES]


def entries(value: bytes) -> Iterator[Entry]:
    """The changes in a version's value, newest first; the last one may have been cut off."""
    start = 0
    while start + VERSION_BYTES <= len(value):
        version = value[start : start + VERSION_BYTES]
        start += VERSION_BYTES
        length = int.from_bytes(value[start : start + _LENGTH_BYTES])
        start += _LENGTH_BYTES
        change = value[start : start + length]
        start += length
        yield Entry(version, change if len(change) == length else b"")
