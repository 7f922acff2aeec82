"""Rewrapping the stores' data keys under another master key."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from menagerie.database.session import WriteSession
from menagerie.secrets.envelope import MasterKeys


@dataclass(frozen=True, slots=True)
class _WrappedKey:
    store_id: UUID
    wrapped: bytes


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
