"""Which installation a storage belongs to: a signed file next to the backups, checked before every write.

    claim      the installation's id, since when, and a signature with a key that its master keys open

Two installations that wrote to one storage would replace each other's keys and destroy the keys of stores that only one
of them deleted. So the first to write claims the storage, and everyone else may only read it. A copy of an
installation that was restored from a backup has an id of its own.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from menagerie.backups.storage import Storage, StorageError, WritableStorage
from menagerie.database.copies import snapshot
from menagerie.errors import DomainError
from menagerie.secrets.envelope import KeyMismatchError, MasterKeys

_PATH = "claim"
_PURPOSE = "storage claim"
_TAKE_OVER = "`menagerie backup take-over` says what changes if you take it over."


class StorageClaimedError(StorageError):
    """The storage belongs to another installation; name another storage, or take this one over."""


class _Claim(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    installation: UUID
    claimed_at: datetime
    key: str
    """Signs the claim; wrapped by a master key, in base64."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Which installation has claimed a storage, and since when."""

    installation: UUID
    claimed_at: datetime


def installation_id(address: str) -> UUID:
    """The id of the installation at the owner's or the server's database URL."""
    with snapshot(address) as look:
        rows = look.rows("SELECT id FROM platform.installation")
    if not rows:
        raise DomainError("platform.installation has lost its row. `INSERT INTO platform.installation DEFAULT VALUES`.")
    return rows[0]["id"]


def find_claim(storage: Storage) -> Claim | None:
    """Who has claimed the storage, for information: the signature is not checked.

    Raises:
        StorageClaimedError: when the claim cannot be read.
    """
    content = storage.read(_PATH)
    if content is None:
        return None
    found, *_ = _parsed(storage, content)
    return Claim(found.installation, found.claimed_at)


def claim(storage: Storage, installation: UUID, keys: MasterKeys) -> WritableStorage:
    """Claim a storage that nobody has claimed, and open it for writing.

    Args:
        storage: the storage.
        installation: the id of this installation.
        keys: its master keys; the first wraps the key that signs the claim.

    Raises:
        StorageClaimedError: when another installation has claimed it, or the claim was changed.
        KeyMismatchError: when no master key opens our own claim.
    """
    storage.create(_PATH, _new(installation, keys))
    writable = storage.writable(lambda: _check(storage, installation, keys))
    if _check(storage, installation, keys):
        writable.write(_PATH, _new(installation, keys))
    return writable


def take_over(storage: Storage, installation: UUID, keys: MasterKeys) -> None:
    """Claim a storage whoever has claimed it; the other installation cannot write to it from then on."""
    storage.writable(lambda: None).write(_PATH, _new(installation, keys))


def _new(installation: UUID, keys: MasterKeys) -> bytes:
    wrapped = keys.new_data_key(installation)
    made = _Claim(installation=installation, claimed_at=datetime.now(UTC), key=base64.b64encode(wrapped).decode())
    text = made.model_dump_json()
    signature = keys.unwrap(wrapped, installation).sign(_PURPOSE, text)
    return f"{text}\n{base64.b64encode(signature).decode()}\n".encode()


def _check(storage: Storage, installation: UUID, keys: MasterKeys) -> bool:
    """Check that the storage is ours, and return whether the claim is still wrapped by a former master key."""
    content = storage.read(_PATH)
    if content is None:
        raise StorageClaimedError(f"The claim of {storage.address} was removed meanwhile. Run the command again.")
    found, text, signature = _parsed(storage, content)
    if found.installation != installation:
        raise StorageClaimedError(
            f"{storage.address} belongs to another installation ({found.installation}, since "
            f"{found.claimed_at:%Y-%m-%d}), so nothing was written. Name another storage. {_TAKE_OVER}"
        )
    try:
        wrapped = base64.b64decode(found.key, validate=True)
        key = keys.unwrap(wrapped, installation)
    except (KeyMismatchError, binascii.Error):
        raise KeyMismatchError(
            f"No key in MENAGERIE_MASTER_KEYS opens the claim of {storage.address}. Add the key that was first in the "
            f"list at the last backup there. {_TAKE_OVER}"
        ) from None
    if not hmac.compare_digest(signature, key.sign(_PURPOSE, text)):
        raise _changed(storage)
    return keys.rewrap(wrapped, installation) is not None


def _parsed(storage: Storage, content: bytes) -> tuple[_Claim, str, bytes]:
    text, _, signature = content.decode(errors="replace").rstrip("\n").partition("\n")
    try:
        return _Claim.model_validate_json(text), text, base64.b64decode(signature, validate=True)
    except (ValidationError, binascii.Error):
        raise _changed(storage) from None


def _changed(storage: Storage) -> StorageClaimedError:
    return StorageClaimedError(
        f"The claim of {storage.address} was changed since it was written, so nothing was written. {_TAKE_OVER}"
    )
