"""Create a backup: the platform's bundle, then each store's, then the manifest."""

import base64
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from menagerie.backups.frames import Kind, data_frames, frame
from menagerie.backups.keys import keep_key, take_keys_of
from menagerie.backups.manifest import (
    PLATFORM,
    SETS,
    Bundle,
    Manifest,
    Missing,
    backup_name,
    bundle_path,
    write_manifest,
)
from menagerie.backups.sealing import seal
from menagerie.backups.storage import StorageError, WritableStorage
from menagerie.backups.tables import BUNDLED, PLATFORM_BUNDLED, Shape
from menagerie.database.copies import Snapshot, snapshot
from menagerie.database.lineages import head
from menagerie.database.migrate import status
from menagerie.database.tables import PLATFORM_SCHEMA
from menagerie.errors import DomainError
from menagerie.secrets.envelope import DataKey, MasterKeys
from menagerie.stores.models import schema_name
from menagerie.stores.service import StoreNotFoundError

Advance = Callable[[int, int], None]


class NotMigratedError(DomainError):
    """The database is not at this version's revision; migrate it, or run the version that matches."""


class _Gone(Exception):  # noqa: N818  internal, never reported
    """The store was deleted while others were being backed up."""


@dataclass(frozen=True, slots=True)
class Created:
    """The result of a run."""

    manifest: Manifest
    keys_taken: int
    """Keys overwritten because their stores were deleted since the last run."""


@dataclass(slots=True)
class _Count:
    """Counts rows as they are written."""

    total: int
    advance: Advance
    rows: int = 0

    def over(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the lines, counting them."""
        for line in lines:
            self.rows += 1
            if self.rows % 100 == 0:
                self.advance(self.rows, self.total)
            yield line


def create(address: str, storage: WritableStorage, keys: MasterKeys, slugs: Sequence[str], advance: Advance) -> Created:
    """Back up these stores, or everything if none is named.

    Args:
        address: the owner's database URL.
        storage: where the backup goes.
        keys: the master keys; the first wraps the backup's key.
        slugs: the stores.
        advance: called with the number of stores done and the total (for a single store: of rows).

    Raises:
        NotMigratedError: when the platform is not at this version's revision.
        StoreNotFoundError: when there is no such store.
        StorageError: when the storage cannot be written; then no part of the backup is kept.
    """
    wanted = _wanted(address, slugs)
    began_at, backup_id = datetime.now(UTC), uuid7()
    name = backup_name(began_at, backup_id)
    wrapped = keys.new_data_key(backup_id)
    key = keys.unwrap(wrapped, backup_id)
    run = _Run(address, storage, keys, backup_id, name)
    with _all_or_nothing(storage, name):
        platform = None if slugs else run.platform(key)
        made, missing = run.stores(wanted, advance)
        manifest = Manifest(
            id=backup_id,
            name=name,
            version=version("menagerie"),
            began_at=began_at,
            ended_at=datetime.now(UTC),
            key=base64.b64encode(wrapped).decode(),
            platform=platform,
            stores=tuple(made),
            missing=tuple(missing),
        )
        write_manifest(storage, manifest, key)
    return Created(manifest, take_keys_of(storage, deleted_stores(address)))


def deleted_stores(address: str) -> list[UUID]:
    """The ids of the stores that were deleted here."""
    with snapshot(address) as look:
        return [row["id"] for row in look.rows("SELECT id FROM platform.deleted_store")]


def _wanted(address: str, slugs: Sequence[str]) -> list[str]:
    """The slugs of the stores to back up, the oldest store first."""
    found = status(address)
    if not found.platform_is_current:
        raise NotMigratedError(
            f"The platform schema is at revision {found.platform or 'none'}, and this version of Menagerie backs up "
            f"revision {found.platform_head}. Run `menagerie migrate`, or the version that migrated it."
        )
    with snapshot(address) as look:
        known = [row["slug"] for row in look.rows("SELECT slug FROM platform.store ORDER BY id")]
    for slug in slugs:
        if slug not in known:
            raise StoreNotFoundError(slug, known)
    return [slug for slug in known if slug in slugs or not slugs]


@contextmanager
def _all_or_nothing(storage: WritableStorage, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(StorageError):  # this may fail for the same reason; without a manifest the backup is unfinished
            storage.delete_all(f"{SETS}/{name}")
        raise


@dataclass(frozen=True, slots=True)
class _Run:
    """One run, writing one backup."""

    address: str
    storage: WritableStorage
    keys: MasterKeys
    backup_id: UUID
    name: str

    def platform(self, key: DataKey) -> Bundle:
        """The platform's bundle."""
        with snapshot(self.address) as look:
            look.enter(PLATFORM_SCHEMA)
            header = {"platform_revision": head("platform")}
            return self._write(
                look, PLATFORM, self.backup_id, key, header=header, shapes=PLATFORM_BUNDLED, advance=_no_progress
            )

    def stores(self, slugs: Sequence[str], advance: Advance) -> tuple[list[Bundle], list[Missing]]:
        """The stores' bundles, and the stores that could not be backed up."""
        made, missing = list[Bundle](), list[Missing]()
        is_single = len(slugs) == 1
        for done, slug in enumerate(slugs, start=1):
            try:
                made.append(self._store(slug, advance if is_single else _no_progress))
            except _Gone:
                continue
            except (StorageError, psycopg.OperationalError):
                raise  # not specific to this store: the next one would fail too
            except (DomainError, psycopg.Error) as error:
                missing.append(Missing(slug=slug, reason=str(error).strip()))
            finally:
                if not is_single:
                    advance(done, len(slugs))
        return made, missing

    def _store(self, slug: str, advance: Advance) -> Bundle:
        with snapshot(self.address) as look:
            look.enter(schema_name(slug))
            try:
                look.lock([shape.name for shape in BUNDLED])
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                if _exists(self.address, slug):
                    raise NotMigratedError(f"The store {slug} lacks tables. Run `menagerie migrate`.") from None
                raise _Gone from None
            row = _store_row(look, slug)
            wrapped, store_id = row.pop("wrapped"), row["id"]
            key = self.keys.unwrap(wrapped, store_id)
            keep_key(self.storage, store_id, wrapped)
            owners = look.rows(
                "SELECT m.id, m.login FROM platform.merchant m JOIN platform.ownership o ON o.merchant_id = m.id "
                "WHERE o.store_id = %s ORDER BY m.login",
                (store_id,),
            )
            header = {
                "platform_revision": head("platform"),
                "store_revision": head("stores"),
                "store": row,
                "owners": owners,
            }
            return self._write(look, slug, store_id, key, header=header, shapes=BUNDLED, advance=advance)

    def _write(
        self,
        look: Snapshot,
        slug: str,
        holder: UUID,
        key: DataKey,
        *,
        header: dict[str, Any],
        shapes: Sequence[Shape],
        advance: Advance,
    ) -> Bundle:
        path = bundle_path(self.name, slug)
        count = _Count(look.count([shape.name for shape in shapes]), advance)
        # Closed before the file and the transaction, so that no COPY stays open.
        with self.storage.writing(path) as file, closing(_pieces(look, header, shapes, count)) as pieces:
            seal(pieces, file, key, holder=holder, backup_id=self.backup_id)
        return Bundle(holder=holder, slug=slug, bytes=self.storage.size(path), rows=count.rows)


def _no_progress(_done: int, _all: int) -> None:
    """Null implementation: progress is not reported."""


def _store_row(look: Snapshot, slug: str) -> dict[str, Any]:
    rows = look.rows(
        "SELECT s.*, k.wrapped FROM platform.store s JOIN platform.data_key k ON k.store_id = s.id WHERE s.slug = %s",
        (slug,),
    )
    if not rows:
        raise _Gone
    row = rows[0]
    if row["revision"] != head("stores"):
        raise NotMigratedError(
            f"The store {slug} is at revision {row['revision']}, and this version of Menagerie backs up revision "
            f"{head('stores')}. Run `menagerie migrate`, or the version that migrated it."
        )
    # Schema and role follow from the slug and the id, and the header has the revision.
    return {column: value for column, value in row.items() if column not in {"schema_name", "role_name", "revision"}}


def _exists(address: str, slug: str) -> bool:
    with snapshot(address) as look:
        return bool(look.rows("SELECT 1 FROM platform.store WHERE slug = %s", (slug,)))


def _pieces(
    look: Snapshot, header: dict[str, Any], shapes: Sequence[Shape], count: _Count
) -> Generator[bytes, None, None]:
    yield frame(Kind.HEADER, header)
    for shape in shapes:
        before = count.rows
        yield frame(Kind.TABLE, {"name": shape.name, "columns": shape.columns})
        yield from data_frames(count.over(look.copy_out(shape.name, shape.columns)))
        yield frame(Kind.ROWS, {"rows": count.rows - before})
    yield frame(Kind.END, {"rows": count.rows})
