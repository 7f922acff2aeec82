"""Bring the platform schema and every store schema up to date. Concurrent runs are safe: one waits for the other."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import psycopg
from alembic.util import CommandError
from psycopg.rows import class_row

from menagerie.database.citus.settings import PROPAGATE_SETTINGS
from menagerie.database.grants import platform_grants, store_grants
from menagerie.database.lineages import head, statements
from menagerie.database.session import scope
from menagerie.database.tables import PLATFORM_SCHEMA
from menagerie.errors import DomainError

_LOCK = 0x6D656E6167657269  # "menageri"
_LOCK_WAIT = "60s"
_BATCH = 50
# A change to a table waits for every transaction that uses it, and every later transaction queues behind the change.
# So wait briefly, let the others pass, and try again.
_TABLE_WAIT = "1s"
_PAUSE_SECONDS = 1.0
_TRIES = 30


class MigrationError(DomainError):
    """Some schemas were not migrated and are unchanged; fix what the message names and migrate again."""


class StoresNotMigratedError(MigrationError):
    """Some stores were not migrated and are unchanged. The others are, and can be served."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A store's schema and its revision."""

    store_id: UUID
    slug: str
    schema_name: str
    role_name: str
    revision: str


@dataclass(frozen=True, slots=True)
class FailedMigration:
    """A store that could not be migrated to the newest revision, and why."""

    slug: str
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """How far the schemas are migrated. `behind` counts the stores at each revision other than the newest."""

    platform: str | None
    platform_head: str
    stores_head: str
    current: int
    behind: dict[str, int]
    failed: Sequence[FailedMigration] = ()

    @property
    def platform_is_current(self) -> bool:
        """Whether the platform schema is at the newest revision."""
        return self.platform == self.platform_head

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.platform_is_current and not self.behind


def status(address: str) -> Status:
    """The migration status of the database at the owner's or the server's URL."""
    with psycopg.connect(address) as connection:
        revision = _platform_revision(connection)
        counts = Counter(schema.revision for schema in _schemas(connection)) if revision else Counter[str]()
        failed = _failed(connection)
    current = counts.pop(head("stores"), 0)
    return Status(revision, head("platform"), head("stores"), current, dict(counts), failed)


def migrate(address: str, *, jobs: int = 2, progress: Callable[[int, int], None] | None = None) -> Status:
    """Run the missing migrations, stores in batches, each batch in one transaction on one of `jobs` connections.

    Args:
        address: the owner's database URL.
        jobs: the number of concurrent connections.
        progress: called with the number of stores done and the total.

    Raises:
        StoresNotMigratedError: naming each store that could not be migrated and why; all others are done.
        MigrationError: if the platform could not be migrated; then nothing is.
    """
    with alone(address):
        with psycopg.connect(address) as connection:
            _migrate_platform(connection)
            behind = [schema for schema in _schemas(connection) if schema.revision != head("stores")]
        failures = _migrate_stores(address, behind, jobs, progress)
        if failures:
            _record(address, failures)
    if failures:
        lines = "\n".join(f"  - {slug}: {reason}" for slug, reason in failures)
        raise StoresNotMigratedError(
            f"{len(failures)} of {len(behind)} stores were not migrated and are unchanged:\n{lines}"
        )
    return status(address)


@contextmanager
def alone(address: str) -> Iterator[None]:
    """Hold the migration lock, so that nobody else can migrate.

    Raises:
        MigrationError: when another migration is running and does not finish soon.
    """
    with psycopg.connect(address, autocommit=True) as lock:
        _take_lock(lock)
        yield


def _take_lock(connection: psycopg.Connection) -> None:
    connection.execute(f"SET lock_timeout = '{_LOCK_WAIT}'".encode())
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    except psycopg.errors.LockNotAvailable:
        raise MigrationError("Another migration is running and did not end in a minute. Try again later.") from None


def _platform_revision(connection: psycopg.Connection) -> str | None:
    if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (PLATFORM_SCHEMA,)).fetchone():
        return None
    row = connection.execute("SELECT version FROM platform.revision").fetchone()
    return str(row[0]) if row else None


def _schemas(connection: psycopg.Connection) -> list[Schema]:
    cursor = connection.cursor(row_factory=class_row(Schema))
    return cursor.execute(
        "SELECT id AS store_id, slug, schema_name, role_name, revision FROM platform.store ORDER BY id"
    ).fetchall()


def _failed(connection: psycopg.Connection) -> list[FailedMigration]:
    if not connection.execute("SELECT 1 WHERE to_regclass('platform.failed_migration') IS NOT NULL").fetchone():
        return []
    cursor = connection.cursor(row_factory=class_row(FailedMigration))
    return cursor.execute(
        "SELECT slug, reason, failed_at FROM platform.failed_migration JOIN platform.store ON store.id = store_id "
        "WHERE target = %s AND revision <> target ORDER BY slug",
        (head("stores"),),
    ).fetchall()


def _record(address: str, failures: Sequence[tuple[str, str]]) -> None:
    """Record why stores were not migrated, for `migrate status`, the doctor and the servers."""
    with psycopg.connect(address) as connection:
        for slug, reason in failures:
            connection.execute(
                "INSERT INTO platform.failed_migration (store_id, target, reason) "
                "SELECT id, %s, %s FROM platform.store WHERE slug = %s AND revision < %s ON CONFLICT (store_id) "
                "DO UPDATE SET target = excluded.target, reason = excluded.reason, failed_at = excluded.failed_at",
                (head("stores"), reason, slug, head("stores")),
            )


def _migrate_platform(connection: psycopg.Connection) -> None:
    current = _platform_revision(connection)
    try:
        missing = statements("platform", current)
    except CommandError:
        raise MigrationError(
            f"The platform schema is at revision {current}, which this version of Menagerie does not know. "
            "It was migrated by a newer version: install that one."
        ) from None
    if not missing:
        return
    try:
        _with_retries(lambda: _run_on_platform(connection, missing), connection.rollback)
    except psycopg.errors.LockNotAvailable:
        raise MigrationError(
            "The platform was not migrated, and neither were the stores: its tables were in use in each of "
            f"{_TRIES} attempts. Look in pg_stat_activity for a transaction that stays open, and migrate again."
        ) from None
    except psycopg.OperationalError:  # the database became unreachable, which the caller reports
        raise
    except psycopg.Error as error:
        reason = str(error).strip()
        raise MigrationError(f"The platform was not migrated, and neither were the stores: {reason}") from error


def _with_retries(run: Callable[[], None], undo: Callable[[], None]) -> None:
    """Run a transaction that sets lock_timeout; if it does not get its locks, undo it and try again after a pause.

    Raises:
        psycopg.errors.LockNotAvailable: when the last try fails too.
    """
    for remaining in reversed(range(_TRIES)):
        try:
            run()
        except psycopg.errors.LockNotAvailable:
            if not remaining:
                raise
            undo()
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _run_on_platform(connection: psycopg.Connection, missing: Sequence[str]) -> None:
    with connection.pipeline():
        _wait_briefly(connection)
        for statement in missing:
            connection.execute(statement.encode())
        for grant in platform_grants():
            connection.execute(grant)
        connection.execute(
            "INSERT INTO platform.revision (single, version) VALUES (true, %s) "
            "ON CONFLICT (single) DO UPDATE SET version = excluded.version",
            (head("platform"),),
        )
        connection.commit()


def _wait_briefly(connection: psycopg.Connection) -> None:
    connection.execute(PROPAGATE_SETTINGS)
    connection.execute(f"SET LOCAL lock_timeout = '{_TABLE_WAIT}'".encode())


def _migrate_stores(
    address: str, behind: Sequence[Schema], jobs: int, progress: Callable[[int, int], None] | None
) -> list[tuple[str, str]]:
    failures: list[tuple[str, str]] = []
    done = 0
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as workers:
        batches = _batches(behind)
        for batch, failed in zip(batches, workers.map(partial(_migrate_batch, address), batches), strict=True):
            failures += failed
            done += len(batch)
            if progress:
                progress(done, len(behind))
    return failures


def _batches(schemas: Sequence[Schema]) -> list[Sequence[Schema]]:
    return [schemas[start : start + _BATCH] for start in range(0, len(schemas), _BATCH)]


def _migrate_batch(address: str, batch: Sequence[Schema]) -> list[tuple[str, str]]:
    """Migrate a batch in one transaction; if that fails, store by store, to find the one that failed."""

    def run() -> None:
        with psycopg.connect(address) as connection, connection.pipeline():
            _wait_briefly(connection)
            for schema in batch:
                _migrate_schema(connection, schema)
            connection.commit()

    try:
        # Closing the connection has rolled back the transaction.
        _with_retries(run, lambda: None)
    except (psycopg.Error, CommandError) as error:
        if len(batch) == 1:
            return [(batch[0].slug, str(error).strip())]
        return [failure for schema in batch for failure in _migrate_batch(address, [schema])]
    return []


def _migrate_schema(connection: psycopg.Connection, schema: Schema) -> None:
    for statement in scope(None, schema.schema_name):
        connection.execute(statement)
    for text in statements("stores", schema.revision):
        connection.execute(text.encode())
    for grant in store_grants(schema.role_name):
        connection.execute(grant)
    connection.execute("UPDATE platform.store SET revision = %s WHERE id = %s", (head("stores"), schema.store_id))
    connection.execute("DELETE FROM platform.failed_migration WHERE store_id = %s", (schema.store_id,))
