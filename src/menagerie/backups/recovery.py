"""Restore a whole installation into an empty database: the platform first, then each store.

Each is one transaction. The platform's leaves a note of the backup, which stays until all stores are done: a restore
that was interrupted is resumed with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from menagerie.backups.bundles import Source
from menagerie.backups.keys import KeyDestroyedError
from menagerie.backups.manifest import Bundle
from menagerie.backups.progress import Progress
from menagerie.backups.restoration import Restored, RestoreOptions, restore_store, steps
from menagerie.backups.storage import StorageError
from menagerie.backups.tables import BUNDLED
from menagerie.database.copies import Copying, Loading, loading, snapshot
from menagerie.database.grants import platform_grants
from menagerie.database.lineages import head
from menagerie.database.migrate import alone
from menagerie.database.tables import PLATFORM_SCHEMA
from menagerie.errors import DomainError

Advance = Callable[[int, int], None]


class NotEmptyError(DomainError):
    """A whole installation can only be restored into an empty database, or where that was interrupted."""


@dataclass(slots=True)
class Recovery:
    """The outcome of restoring a whole installation."""

    stores: list[Restored] = field(default_factory=list[Restored])
    present: list[str] = field(default_factory=list[str])
    """Slugs of stores that an interrupted restore had restored already, with all their rows."""
    deleted: list[str] = field(default_factory=list[str])
    """Messages about stores that were deleted since, whose bundles nobody can read."""
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Stores that were not restored, and why; they can be restored by name."""


def interrupted_restore(address: str) -> str | None:
    """The name of the backup whose restore was interrupted here, if one was.

    Args:
        address: the owner's or the server's database URL.
    """
    with snapshot(address) as look:
        return _interrupted(look)


def _interrupted(look: Copying) -> str | None:
    if look.rows("SELECT to_regclass('platform.installation') AS found")[0]["found"] is None:
        return None
    return look.rows("SELECT restoring FROM platform.installation")[0]["restoring"]


def restore_everything(address: str, source: Source, recovery: Recovery, advance: Advance) -> None:
    """Restore a whole installation, or resume that where it was interrupted.

    Args:
        address: the owner's URL of a database that was prepared (`menagerie database script`), migrated or not.
        source: a backup of a whole installation.
        recovery: receives the outcome, however the restore ends.
        advance: called with the number of mebibytes read and the total.

    Raises:
        NotEmptyError: when the database has merchants or stores, unless this restore was interrupted there.
        KeyMismatchError: when a master key is missing; then nothing was restored.
        NewerBackupError: when a newer version made the backup.
        BundleDamagedError: when the platform's bundle is damaged; then nothing was restored.
    """
    manifest = source.manifest
    if manifest.platform is None:
        raise NotEmptyError(
            f"The backup {manifest.name} holds single stores, not an installation. Name the stores to restore."
        )
    wanted = list(_with_keys(source, recovery))
    with alone(address):
        if interrupted_restore(address) == manifest.name:
            wanted = [bundle for bundle in wanted if not _is_present(address, bundle, recovery)]
            progress = Progress(advance, sum(bundle.bytes for bundle in wanted))
        else:
            progress = Progress(advance, sum(bundle.bytes for bundle in (manifest.platform, *wanted)))
            with loading(address) as load, progress.over(manifest.platform) as read:
                platform = _Platform(load, manifest.name)
                source.read(manifest.platform, manifest.backup_key(source.keys), platform, read)
                platform.finish()
    for bundle in wanted:
        try:
            with progress.over(bundle) as read:
                recovery.stores.append(restore_store(address, source, bundle, RestoreOptions(), read))
        except (StorageError, psycopg.OperationalError):
            raise
        except (DomainError, psycopg.Error) as error:
            recovery.failures.append((bundle.slug, str(error).strip()))
    with loading(address) as load:
        load.rows("UPDATE platform.installation SET restoring = NULL")


def _is_present(address: str, bundle: Bundle, recovery: Recovery) -> bool:
    """Whether the store is here already; if it lacks rows, that is a failure."""
    with snapshot(address) as look:
        found = look.rows("SELECT slug, schema_name FROM platform.store WHERE id = %s", (bundle.holder,))
        if not found:
            return False
        look.enter(found[0]["schema_name"])
        rows = look.count([shape.name for shape in BUNDLED]) - 1  # without the record of the restore itself
    if rows < bundle.rows:
        reason = f"It is here with {rows} rows of {bundle.rows}. Restore it anew: --replace."
        recovery.failures.append((bundle.slug, reason))
    else:
        recovery.present.append(bundle.slug)
    return True


def _with_keys(source: Source, recovery: Recovery) -> Iterator[Bundle]:
    """The bundles whose keys exist; a missing master key is reported before anything is restored."""
    source.manifest.backup_key(source.keys)
    for bundle in source.manifest.stores:
        try:
            source.store_key(bundle)
        except KeyDestroyedError as gone:
            if gone.deleted:
                recovery.deleted.append(str(gone))
            else:
                recovery.failures.append((bundle.slug, str(gone)))
        else:
            yield bundle


class _Platform:
    """The platform being restored, into a schema that is missing or empty."""

    def __init__(self, load: Loading, backup_name: str) -> None:
        self._load = load
        self._backup_name = backup_name
        self._revision = ""

    def begin(self, header: dict[str, Any]) -> None:
        """Create the schema at the backup's revision."""
        load = self._load
        self._revision = str(header["platform_revision"])
        creation = steps("platform", None, self._revision)
        if load.rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", (PLATFORM_SCHEMA,)):
            found = load.rows(
                "SELECT (SELECT count(*) FROM platform.store) AS stores, (SELECT count(*) FROM platform.merchant) AS "
                "merchants, (SELECT version FROM platform.revision) AS revision"
            )[0]
            if found["stores"] or found["merchants"]:
                raise NotEmptyError(self._not_empty(found["stores"], found["merchants"]))
            load.rows("DELETE FROM platform.deleted_store")
            if found["revision"] == self._revision:
                creation = ()
            else:
                load.run([sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(PLATFORM_SCHEMA))])
        load.run(creation)
        load.enter(PLATFORM_SCHEMA)

    def table(self, name: str, columns: Sequence[str], lines: Iterator[bytes]) -> int:
        """Fill a table."""
        return self._load.copy_in(name, columns, lines)

    def finish(self) -> None:
        """Migrate it to this version's revision."""
        load = self._load
        load.run(steps("platform", self._revision))
        load.run(platform_grants())
        load.rows("DELETE FROM platform.revision")
        load.insert(PLATFORM_SCHEMA, "revision", {"version": head("platform")})
        load.rows("UPDATE platform.installation SET restoring = %s", (self._backup_name,))

    def _not_empty(self, stores: int, merchants: int) -> str:
        if (name := _interrupted(self._load)) is not None:
            return (
                f"The restore of {name} was interrupted here. `menagerie backup restore --set {name}` resumes it. To "
                f"restore {self._backup_name} instead, name an empty database."
            )
        return (
            f"The database has {stores} stores and {merchants} merchants, but a whole installation can only be "
            "restored into an empty one. Name the stores to restore, or set MENAGERIE_DATABASE_URL and "
            "MENAGERIE_OWNER_DATABASE_URL to another database."
        )
