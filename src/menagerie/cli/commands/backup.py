"""`menagerie backup`: creates, verifies, restores and prunes encrypted backups in a directory or an S3 bucket."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from menagerie.backups.bundles import Source
from menagerie.backups.creation import create as create_backup
from menagerie.backups.manifest import FoundBackup, Manifest, State, find_backups, newest_backup
from menagerie.backups.progress import Progress
from menagerie.backups.pruning import Plan, plan, remove
from menagerie.backups.recovery import Recovery, restore_everything
from menagerie.backups.restoration import Restored, RestoreOptions, restore_store
from menagerie.backups.storage import Storage, open_storage
from menagerie.backups.verification import Verified
from menagerie.backups.verification import verify as verify_backup
from menagerie.cli import formatting
from menagerie.cli.console import Advance, Json, complain, progress, say_json, say_table
from menagerie.cli.context import owner_address, run_job_with, running_servers
from menagerie.cli.errors import UsageError
from menagerie.database.migrate import status
from menagerie.database.session import WriteSession
from menagerie.errors import DomainError
from menagerie.runtime import Runtime
from menagerie.secrets.envelope import MasterKeys
from menagerie.security_log import SecurityEvent, record_of_operator
from menagerie.settings import Settings
from menagerie.stores.models import StoreChanged

app = typer.Typer(help="Create, inspect, verify, restore and prune encrypted backups.", no_args_is_help=True)

_PLACE = "A directory, or s3://bucket/prefix. Default: MENAGERIE_BACKUP_PLACE."
Stores = Annotated[
    list[str] | None, typer.Argument(metavar="[STORE]...", help="Stores to include; everything if you name none.")
]
To = Annotated[str | None, typer.Option("--to", metavar="PLACE", help=_PLACE)]
From = Annotated[str | None, typer.Option("--from", metavar="PLACE", help=_PLACE)]
Set = Annotated[str | None, typer.Option("--set", metavar="NAME", help="Which backup. Default: the newest.")]
Keep = Annotated[
    int | None, typer.Option(min=1, help="Keep this many of the newest backups of this kind and remove the others.")
]


@app.command()
def create(stores: Stores = None, to: To = None, keep: Keep = None, json: Json = False) -> None:
    """Back up everything, or individual stores, while they are open; each store as of one moment."""
    with running_servers() as settings:
        address = owner_address(settings)
        storage, keys = _storage(to, settings, make=True), MasterKeys(settings.master_key_bytes)
        with progress("Backing up") as advance:
            made = create_backup(address, storage, keys, stores or [], advance)
        manifest = made.manifest
        if not json:
            formatting.say_created(made, storage.address)
        for missing in manifest.missing:
            complain(f"{missing.slug} is not in the backup: {missing.reason}")
        pruned = _prune(storage, keys, keep, dry_run=False) if keep else None
    if json:
        removed = formatting.pruned(pruned, dry_run=False) if pruned else {}
        say_json(formatting.new_backup(made, storage.address) | removed)
    elif pruned:
        formatting.say_pruned(pruned, dry_run=False)
    if manifest.missing:
        raise typer.Exit(1)


@app.command("list")
def list_backups(location: From = None, json: Json = False) -> None:
    """List the backups in a place, oldest first."""
    with running_servers() as settings:
        found = find_backups(_storage(location, settings), MasterKeys(settings.master_key_bytes))
    if json:
        say_json([formatting.described(each) for each in found])
        return
    say_table(
        ("Backup", "State", "Began", "Holds", "Size"),
        [formatting.row(each) for each in found],
        empty="There are no backups here yet. `menagerie backup create` makes one.",
    )


@app.command()
def verify(
    location: From = None,
    chosen: Set = None,
    all_backups: Annotated[bool, typer.Option("--all", help="Verify every finished backup.")] = False,
    json: Json = False,
) -> None:
    """Read a backup from end to end without restoring it; exit code 1 if it has a problem."""
    if all_backups and chosen:
        raise UsageError("Choose one of --all and --set.")
    with running_servers() as settings:
        storage, keys = _storage(location, settings), MasterKeys(settings.master_key_bytes)
        manifests, closed = _to_verify(storage, keys, chosen, all_backups=all_backups)
        results = list[tuple[Manifest, Verified]]()
        for manifest in manifests:
            with progress(f"Reading {manifest.name}") as advance:
                results += [(manifest, result) for result in verify_backup(Source(storage, manifest, keys), advance)]
    if json:
        say_json([formatting.verified(manifest.name, result) for manifest, result in results])
    else:
        rows = [(m.name, r.slug, formatting.state(r), str(r.rows)) for m, r in results]
        say_table(("Backup", "Bundle", "State", "Rows"), rows, empty="There is nothing to verify.")
    for each in closed:
        complain(f"{each.name} is {each.state.value}: {formatting.why(each, keys)}")
    problems = [result.problem for _, result in results if result.problem and not result.deleted]
    for problem in problems:
        complain(problem)
    if problems or closed:
        raise typer.Exit(1)


@app.command()
def restore(  # noqa: PLR0917  each is a separate option
    stores: Stores = None,
    location: From = None,
    chosen: Set = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace stores that exist here.")] = False,
    slug: Annotated[
        str | None, typer.Option("--as", metavar="SLUG", help="Restore under another slug; for one store only.")
    ] = None,
    merchant: Annotated[
        str | None, typer.Option(help="Login of the merchant who will own it, instead of its former owners.")
    ] = None,
    json: Json = False,
) -> None:
    """Restore individual stores, or a whole installation into an empty database. Everybody has to sign in again."""
    slugs = tuple(dict.fromkeys(stores or ()))
    if slug and len(slugs) != 1:
        raise UsageError("--as gives one store another slug. Name that store.")
    if (replace or merchant) and not slugs:
        raise UsageError("--replace and --merchant apply to individual stores. Name them.")
    with running_servers() as settings:
        address = owner_address(settings)
        storage, keys = _storage(location, settings), MasterKeys(settings.master_key_bytes)
        manifest = newest_backup(storage, keys, name=chosen, slugs=slugs, whole=not slugs)
        recovery = Recovery()
        try:
            with progress(f"Restoring from {manifest.name}") as advance:
                source = Source(storage, manifest, keys)
                if slugs:
                    options = RestoreOptions(replace, slug, merchant)
                    _restore_stores(address, source, slugs, options, recovery=recovery, advance=advance)
                else:
                    restore_everything(address, source, recovery, advance)
        finally:
            _invalidate_caches(settings, recovery.stores)
            for store in recovery.stores:
                record_of_operator(SecurityEvent.BACKUP_RESTORED, store=store.slug, backup=manifest.name)
    if json:
        say_json(formatting.recovered(manifest, recovery, whole=not slugs))
    else:
        formatting.say_recovered(manifest, recovery, whole=not slugs)
    if recovery.failures:
        raise typer.Exit(1)


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest complete backups of each kind to keep.")],
    location: From = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be removed, and remove nothing.")] = False,
    json: Json = False,
) -> None:
    """Remove old backups, and what is left of unfinished ones that began a day or more ago."""
    with running_servers() as settings:
        keys = MasterKeys(settings.master_key_bytes)
        pruned = _prune(_storage(location, settings), keys, keep, dry_run=dry_run)
    if json:
        say_json(formatting.pruned(pruned, dry_run=dry_run))
    else:
        formatting.say_pruned(pruned, dry_run=dry_run)


def _storage(named: str | None, settings: Settings, *, make: bool = False) -> Storage:
    address = named or settings.backup_place
    if not address:
        raise UsageError("Specify where the backups are: --to or --from with a directory or s3://bucket/prefix.")
    return open_storage(address, settings, make=make)


def _to_verify(
    storage: Storage, keys: MasterKeys, chosen: str | None, *, all_backups: bool
) -> tuple[list[Manifest], list[FoundBackup]]:
    """The backups to read, and those that should be read but cannot be."""
    if not all_backups:
        return [newest_backup(storage, keys, name=chosen)], []
    found = find_backups(storage, keys)
    usable = [each.manifest for each in found if each.manifest and each.state in {State.COMPLETE, State.INCOMPLETE}]
    return usable, [each for each in found if each.state in {State.CLOSED, State.DAMAGED}]


def _restore_stores(
    address: str, source: Source, slugs: Sequence[str], options: RestoreOptions, *, recovery: Recovery, advance: Advance
) -> None:
    """Restore stores by name; one that fails does not hold up the others."""
    if not status(address).platform_is_current:
        raise DomainError("The database is not at the revision that this version needs. Run `menagerie migrate` first.")
    bundles = [bundle for slug in slugs if (bundle := source.manifest.store(slug))]
    if len(bundles) < len(slugs):
        raise UsageError(
            f"The backup {source.manifest.name} holds {formatting.contents(source.manifest)}, but not all of these."
        )
    bar = Progress(advance, sum(bundle.bytes for bundle in bundles))
    for bundle in bundles:
        try:
            with bar.over(bundle) as read:
                recovery.stores.append(restore_store(address, source, bundle, options, read))
        except DomainError as error:
            if len(bundles) == 1:
                raise
            recovery.failures.append((bundle.slug, str(error)))


def _invalidate_caches(settings: Settings, stores: Sequence[Restored]) -> None:
    """Make running servers drop what they have cached about the stores and who is signed in there."""

    async def job(runtime: Runtime) -> None:
        async def publish(session: WriteSession) -> None:
            for store in stores:
                session.publish(StoreChanged(store.id))

        await runtime.database.write_as_owner(publish)

    if stores:
        asyncio.run(run_job_with(settings, job))


def _prune(storage: Storage, keys: MasterKeys, keep: int, *, dry_run: bool) -> Plan:
    planned = plan(find_backups(storage, keys), keep)
    if not dry_run:
        for name in planned.remove:
            remove(storage, name)
    return planned
