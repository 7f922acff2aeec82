"""Restore stores by name: in place of those that exist, as copies, or as they were before they were lost."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import psycopg
import typer

from menagerie.backups.bundles import Source
from menagerie.backups.changes import Changes, changes_since
from menagerie.backups.manifest import Bundle, Manifest
from menagerie.backups.progress import Progress
from menagerie.backups.recovery import Recovery
from menagerie.backups.restoration import Restored, RestoreOptions, restore_store
from menagerie.cli.backup_reports import contents, counted
from menagerie.cli.console import note, progress
from menagerie.cli.context import owner_address, run_job_with
from menagerie.cli.errors import UsageError
from menagerie.database.migrate import status
from menagerie.database.session import WriteSession
from menagerie.errors import DomainError
from menagerie.runtime import Runtime
from menagerie.security_log import SecurityEvent, record_of_operator
from menagerie.settings import Settings
from menagerie.stores.models import Store, StoreChanged

Undone = dict[UUID, Changes | None]
"""What was undone, by store; None where the store's tables are too broken to count."""


@contextmanager
def replacing(
    settings: Settings, manifest: Manifest, bundles: list[Bundle], recovery: Recovery, *, confirmed: bool
) -> Iterator[Undone]:
    """Suspend the stores that exist here, and yield what replacing them undoes once that is confirmed.

    A store that is not replaced in the end is resumed, whatever happens.

    Args:
        settings: the servers.
        manifest: the backup.
        bundles: the bundles of the stores.
        recovery: receives the stores that are restored.
        confirmed: don't ask.

    Raises:
        UsageError: if there is no terminal to ask at.
        typer.Abort: if the answer is no.
    """
    if not confirmed and not sys.stdin.isatty():
        raise UsageError("--replace undoes what happened in a store since the backup. Confirm that with --yes.")
    ids = {bundle.holder for bundle in bundles}
    stores, suspended = asyncio.run(run_job_with(settings, lambda opened: _suspend(opened, ids)))
    try:
        undone: Undone = {store.id: _changes(settings, store, manifest) for store in stores}
        for store in stores:
            note(_sentence(store, manifest, undone[store.id]))
        if stores and not confirmed:
            typer.confirm(
                "Restore the backup in its place?" if len(stores) == 1 else "Replace them?", abort=True, err=True
            )
        yield undone
    finally:
        restored = {each.id for each in recovery.stores}
        kept = [store for store in suspended if store.id not in restored]
        if kept:
            asyncio.run(run_job_with(settings, lambda opened: _resume(opened, kept)))


def wanted_bundles(address: str, manifest: Manifest, slugs: Sequence[str]) -> list[Bundle]:
    """The bundles of these stores.

    Raises:
        UsageError: if the backup does not hold all of them.
        DomainError: if the platform is not migrated.
    """
    if not status(address).platform_is_current:
        raise DomainError("The database is not at the revision that this version needs. Run `menagerie migrate` first.")
    bundles = [bundle for slug in slugs if (bundle := manifest.store(slug))]
    if len(bundles) < len(slugs):
        raise UsageError(f"The backup {manifest.name} holds {contents(manifest)}, but not all of these.")
    return bundles


def restore_stores(
    address: str, source: Source, bundles: Sequence[Bundle], options: RestoreOptions, recovery: Recovery
) -> None:
    """Restore stores by name; one that fails does not hold up the others."""
    with progress(f"Restoring from {source.manifest.name}") as advance:
        bar = Progress(advance, sum(bundle.bytes for bundle in bundles))
        for bundle in bundles:
            try:
                with bar.over(bundle) as read:
                    recovery.stores.append(restore_store(address, source, bundle, options, read))
            except DomainError as error:
                if len(bundles) == 1:
                    raise
                recovery.failures.append((bundle.slug, str(error)))


def invalidate_caches(settings: Settings, stores: Sequence[Restored]) -> None:
    """Make running servers drop what they have cached about the stores and who is signed in there."""

    async def job(runtime: Runtime) -> None:
        async def publish(session: WriteSession) -> None:
            for store in stores:
                session.publish(StoreChanged(store.id))

        await runtime.database.write_as_owner(publish)

    if stores:
        asyncio.run(run_job_with(settings, job))


async def _suspend(opened: Runtime, ids: set[UUID]) -> tuple[list[Store], list[Store]]:
    """The stores that exist here, and those of them that were not suspended before."""
    stores = [store for store in await opened.stores.all() if store.id in ids]
    suspended = [store for store in stores if not store.suspended]
    for store in suspended:
        await opened.stores.suspend(store)
        record_of_operator(SecurityEvent.STORE_SUSPENDED, store=store.slug)
    return stores, suspended


async def _resume(opened: Runtime, stores: list[Store]) -> None:
    for store in stores:
        await opened.stores.resume(store)
        record_of_operator(SecurityEvent.STORE_RESUMED, store=store.slug)
        note(f"{store.slug} was not replaced, and is open again.")


def _changes(settings: Settings, store: Store, manifest: Manifest) -> Changes | None:
    try:
        return changes_since(owner_address(settings), store.schema, manifest.began_at)
    except psycopg.ProgrammingError:  # a table or a column is missing, which may be why the store is restored
        return None


def _sentence(store: Store, manifest: Manifest, changes: Changes | None) -> str:
    since = f"{manifest.began_at:%Y-%m-%d %H:%M:%S} UTC"
    if changes is None:
        return f"{store.slug} is suspended. Its tables are incomplete, so what happened since {since} can't be counted."
    if not changes:
        return (
            f"{store.slug} is suspended. Nothing was bought, listed or removed there since {since}, and nobody signed "
            "up. Changes to details, carts and passwords are lost."
        )
    done = (
        counted(changes.purchases, "purchase"),
        f"{counted(changes.pets_listed, 'pet')} listed",
        f"{changes.pets_removed} removed",
        counted(changes.sign_ups, "sign-up"),
    )
    return (
        f"{store.slug} is suspended. This undoes what happened there since {since}: {', '.join(done)}, and changes to "
        "details, carts and passwords."
    )
