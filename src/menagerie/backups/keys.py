"""Stores' data keys, kept next to the backups: one copy per store, so that it can be destroyed for all backups at once.

A bundle opens only with its store's key. No backup contains that key: it is stored next to them, wrapped by a master
key as in the database, and after the store is deleted the next run overwrites it with a note of the deletion.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from menagerie.backups.storage import Storage, WritableStorage
from menagerie.errors import DomainError
from menagerie.secrets.envelope import DataKey, MasterKeys

_KEYS = "keys"


class KeyDestroyedError(DomainError):
    """A store's key is no longer in the storage, so its bundles can never be read again."""

    def __init__(self, message: str, *, deleted: bool = False) -> None:
        super().__init__(message)
        self.deleted = deleted
        """Whether this is intended, because the store was deleted."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    wrapped: str | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreKey:
    """A store's data key, unwrapped and as it will be stored."""

    key: DataKey
    wrapped: bytes


def keep_key(storage: WritableStorage, store_id: UUID, wrapped: bytes) -> None:
    """Store a store's key next to the backups, wrapped as it is now."""
    content = _Entry(wrapped=base64.b64encode(wrapped).decode()).model_dump_json(exclude_none=True).encode()
    if storage.read(_path(store_id)) != content:
        storage.write(_path(store_id), content)


def take_keys_of(storage: WritableStorage, deleted: Iterable[UUID]) -> int:
    """Overwrite the keys of deleted stores, and return how many there were."""
    taken = 0
    for store_id in deleted:
        entry = _entry(storage, store_id)
        if entry is None or entry.deleted_at is not None:
            continue
        gone = _Entry(deleted_at=datetime.now(UTC))
        storage.write(_path(store_id), gone.model_dump_json(exclude_none=True).encode())
        taken += 1
    return taken


def store_key(storage: Storage, store_id: UUID, slug: str, keys: MasterKeys) -> StoreKey:
    """The key of a store's bundles, wrapped by the first master key.

    Raises:
        KeyDestroyedError: when the store was deleted, or its key was lost.
        KeyMismatchError: when no master key opens it.
    """
    entry = _entry(storage, store_id)
    if entry and entry.deleted_at:
        raise KeyDestroyedError(
            f"The store {slug} was deleted, and on {entry.deleted_at:%Y-%m-%d} its key was removed from "
            f"{storage.address}: nobody can read its bundles any more.",
            deleted=True,
        )
    try:
        wrapped = base64.b64decode(entry.wrapped or "", validate=True) if entry else b""
    except binascii.Error:
        wrapped = b""
    if not wrapped:
        raise KeyDestroyedError(
            f"The key of the store {slug} is not in {storage.address}/{_KEYS}. Restore {store_id} there from a copy."
        )
    return StoreKey(keys.unwrap(wrapped, store_id), keys.rewrap(wrapped, store_id) or wrapped)


def _entry(storage: Storage, store_id: UUID) -> _Entry | None:
    content = storage.read(_path(store_id))
    if content is None:
        return None
    try:
        return _Entry.model_validate_json(content)
    except ValidationError:
        return _Entry()


def _path(store_id: UUID) -> str:
    return f"{_KEYS}/{store_id}"
