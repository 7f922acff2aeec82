"""Rewrapping the stores' data keys under another master key."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from menagerie.database.session import ReadSession, WriteSession
from menagerie.errors import DomainError
from menagerie.secrets.envelope import MasterKeys

_MAX_REPORTED = 4
"""PostgreSQL truncates what a connection reports to 63 characters."""


class KeyNotEverywhereError(DomainError):
    """A running server does not have the new key: give it to every server, then rotate."""

    def __init__(self, connections: int) -> None:
        super().__init__(
            f"Running servers don't have the first key of MENAGERIE_MASTER_KEYS (their connections: {connections}) and "
            "couldn't open any store after the rotation. Add the key to every server's list, restart them, then "
            "rotate. A pooler may keep connections of stopped servers for some minutes."
        )


@dataclass(frozen=True, slots=True)
class _WrappedKey:
    store_id: UUID
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class _Connection:
    application_name: str


def remark_of_keys(keys: MasterKeys) -> str:
    """What a server's connections report to PostgreSQL about its master keys."""
    return "keys " + ",".join(keys.fingerprints[:_MAX_REPORTED])


async def check_servers(session: ReadSession, keys: MasterKeys) -> None:
    """Check that every server that is connected to the database has the first master key.

    Raises:
        KeyNotEverywhereError: if one does not.
    """
    connections = await session.fetch(
        _Connection,
        "SELECT application_name FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE 'menagerie server%%'",
    )
    lacking = sum(keys.fingerprints[0] not in each.application_name for each in connections)
    if lacking:
        raise KeyNotEverywhereError(lacking)


async def rotate(session: WriteSession, keys: MasterKeys, advance: Callable[[int, int], None]) -> tuple[int, int]:
    """Wrap every data key under the first master key, all or none. Returns how many were rewrapped, out of how many.

    Raises:
        KeyMismatchError: if none of the master keys unwraps a data key.
    """
    wrapped_keys = await session.fetch(
        _WrappedKey, "SELECT store_id, wrapped FROM platform.data_key ORDER BY store_id FOR UPDATE"
    )
    changed = 0
    for done, key in enumerate(wrapped_keys, start=1):
        wrapped = keys.rewrap(key.wrapped, key.store_id)
        if wrapped is not None:
            await session.execute(
                "UPDATE platform.data_key SET wrapped = %s WHERE store_id = %s", (wrapped, key.store_id)
            )
            changed += 1
        advance(done, len(wrapped_keys))
    return changed, len(wrapped_keys)
