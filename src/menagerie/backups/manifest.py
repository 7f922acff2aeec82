"""A backup is the output of one `backup create`: bundles, and a manifest that is written last.

    keys/<store id>                    the store's data key, wrapped by a master key; one for all backups
    sets/<name>/<slug>.bundle          a store at one moment
    sets/<name>/platform.bundle        merchants, and which stores were deleted
    sets/<name>/manifest               what is in the backup, signed; without it the backup is unfinished

The manifest holds nothing secret, so it can be read without a key. Its last line is a signature with the backup's key,
which the manifest contains, wrapped by a master key.
"""

import base64
import binascii
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from menagerie.backups.storage import Storage, WritableStorage
from menagerie.errors import DomainError
from menagerie.secrets.envelope import DataKey, KeyMismatchError, MasterKeys

SETS, MANIFEST, PLATFORM = "sets", "manifest", "platform"
_TIME = "%Y%m%dT%H%M%S"
_PURPOSE = "backup manifest"


class BackupNotFoundError(DomainError):
    """There is no such backup; `menagerie backup list` shows the existing ones."""


class State(StrEnum):
    """The state of a backup, which determines what can be done with it."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """Some stores could not be backed up; the others can be restored."""
    UNFINISHED = "unfinished"
    """It is still being written, or its run was interrupted. Nothing is restored from it."""
    CLOSED = "closed"
    """None of the master keys opens it."""
    DAMAGED = "damaged"
    """Its manifest was changed, or cannot be read."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bundle(_Strict):
    """A store's bundle, or the platform's."""

    holder: UUID
    """The store's id, or the backup's own."""
    slug: str
    bytes: int
    rows: int


class Missing(_Strict):
    """A store that could not be backed up, and why."""

    slug: str
    reason: str


class Manifest(_Strict):
    """What is in a backup."""

    id: UUID
    name: str
    version: str
    """The version of Menagerie that made it."""
    began_at: datetime
    ended_at: datetime
    key: str
    """The backup's key, wrapped, in base64."""
    platform: Bundle | None
    """None in a backup of single stores."""
    stores: tuple[Bundle, ...]
    missing: tuple[Missing, ...]

    @property
    def state(self) -> State:
        """Whether it holds everything that was requested."""
        return State.INCOMPLETE if self.missing else State.COMPLETE

    @property
    def bytes(self) -> int:
        """The size of all its bundles."""
        return sum(bundle.bytes for bundle in self.bundles())

    @property
    def contents(self) -> frozenset[UUID] | None:
        """What kind of backup it is: None for a whole installation, otherwise the ids of its stores."""
        return None if self.platform else frozenset(bundle.holder for bundle in self.stores)

    def bundles(self) -> Iterator[Bundle]:
        """Every bundle, starting with the platform's."""
        if self.platform:
            yield self.platform
        yield from self.stores

    def store(self, slug: str) -> Bundle | None:
        """The bundle of the store with this slug."""
        return next((bundle for bundle in self.stores if bundle.slug == slug), None)

    def backup_key(self, keys: MasterKeys) -> DataKey:
        """The key of the backup.

        Raises:
            KeyMismatchError: when no master key opens it.
        """
        try:
            return keys.unwrap(base64.b64decode(self.key, validate=True), self.id)
        except (KeyMismatchError, binascii.Error):
            raise KeyMismatchError(
                f"No key in MENAGERIE_MASTER_KEYS opens the backup {self.name}. "
                "Add the key that was first in the list when the backup was created."
            ) from None


@dataclass(frozen=True, slots=True)
class FoundBackup:
    """A backup in the storage, whatever its state."""

    name: str
    state: State
    manifest: Manifest | None = None


def backup_name(began_at: datetime, backup_id: UUID) -> str:
    """A readable name that sorts by time; the last digits tell apart backups begun at the same moment."""
    return f"{began_at:{_TIME}}.{began_at.microsecond // 1000:03}Z-{backup_id.hex[-6:]}"


def began(name: str) -> datetime | None:
    """When the backup with this name began, or None if it is not the name of a backup."""
    try:
        return datetime.strptime(name.partition(".")[0], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def bundle_path(name: str, slug: str) -> str:
    """The path of a bundle; `platform` is a slug that no store can have."""
    return f"{SETS}/{name}/{slug}.bundle"


def write_manifest(storage: WritableStorage, manifest: Manifest, key: DataKey) -> None:
    """Sign the manifest and write it, which finishes the backup."""
    text = manifest.model_dump_json()
    signature = base64.b64encode(key.sign(_PURPOSE, text)).decode()
    storage.write(f"{SETS}/{manifest.name}/{MANIFEST}", f"{text}\n{signature}\n".encode())


def find_backups(storage: Storage, keys: MasterKeys) -> list[FoundBackup]:
    """Every backup in the storage, oldest first."""
    return [_found(storage, keys, name) for name in storage.names(SETS)]


def newest_backup(
    storage: Storage, keys: MasterKeys, *, name: str | None, slugs: tuple[str, ...] = (), whole: bool = False
) -> Manifest:
    """The backup with this name, or the newest one that holds these stores or a whole installation.

    Raises:
        BackupNotFoundError: when there is no usable one.
        KeyMismatchError: when there is one, but no master key opens it.
    """
    if name is not None:
        return _usable(storage, _found(storage, keys, name), keys)
    found = find_backups(storage, keys)
    for each in reversed(found):
        if each.manifest and each.state in {State.COMPLETE, State.INCOMPLETE} and _has(each.manifest, slugs, whole):
            return each.manifest
    for each in reversed(found):
        if each.state is State.CLOSED and each.manifest:
            each.manifest.backup_key(keys)  # raises, naming the missing key
    wanted = " that holds a whole installation" if whole else f" that holds {' and '.join(slugs)}" if slugs else ""
    raise BackupNotFoundError(
        f"There is no finished backup in {storage.address}{wanted}. `menagerie backup list` shows what exists."
    )


def _has(manifest: Manifest, slugs: tuple[str, ...], whole: bool) -> bool:
    return all(manifest.store(slug) for slug in slugs) and not (whole and manifest.platform is None)


def _usable(storage: Storage, found: FoundBackup, keys: MasterKeys) -> Manifest:
    if found.manifest and found.state is State.CLOSED:
        found.manifest.backup_key(keys)  # raises, naming the missing key
    if found.manifest and found.state in {State.COMPLETE, State.INCOMPLETE}:
        return found.manifest
    if found.state is State.DAMAGED:
        raise BackupNotFoundError(f"The manifest of the backup {found.name} is damaged. Use another backup.")
    if storage.files(f"{SETS}/{found.name}"):
        raise BackupNotFoundError(
            f"The backup {found.name} is not finished, so nothing is read from it. Use another backup."
        )
    raise BackupNotFoundError(
        f"There is no backup {found.name} in {storage.address}. `menagerie backup list` shows what exists."
    )


def _found(storage: Storage, keys: MasterKeys, name: str) -> FoundBackup:
    content = storage.read(f"{SETS}/{name}/{MANIFEST}")
    if content is None:
        return FoundBackup(name, State.UNFINISHED)
    text, _, signature = content.decode(errors="replace").rstrip("\n").partition("\n")
    try:
        manifest = Manifest.model_validate_json(text)
        signed = base64.b64decode(signature, validate=True)
    except (ValidationError, binascii.Error):
        return FoundBackup(name, State.DAMAGED)
    try:
        key = manifest.backup_key(keys)
    except KeyMismatchError:
        return FoundBackup(name, State.CLOSED, manifest)
    if manifest.name != name or not hmac.compare_digest(signed, key.sign(_PURPOSE, text)):
        return FoundBackup(name, State.DAMAGED)
    return FoundBackup(name, manifest.state, manifest)
