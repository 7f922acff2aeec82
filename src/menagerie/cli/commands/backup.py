"""`menagerie backup`: creates, verifies, restores and prunes encrypted backups in a directory or an S3 bucket."""

import sys
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import psycopg
import typer

from menagerie.backups.bundles import Source
from menagerie.backups.claim import StorageClaimedError, claim, find_claim, installation_id
from menagerie.backups.claim import take_over as take_over_storage
from menagerie.backups.creation import create as create_backup
from menagerie.backups.manifest import FoundBackup, Manifest, State, find_backups, newest_backup
from menagerie.backups.pruning import Plan, plan, remove
from menagerie.backups.recovery import Recovery, interrupted_restore, restore_everything
from menagerie.backups.restoration import RestoreOptions
from menagerie.backups.storage import Storage, WritableStorage, open_storage
from menagerie.backups.verification import Verified
from menagerie.backups.verification import verify as verify_backup
from menagerie.cli import backup_reports
from menagerie.cli.console import Json, complain, note, progress, say, say_json, say_table
from menagerie.cli.context import owner_address, running_servers
from menagerie.cli.errors import UsageError
from menagerie.cli.restoring import Undone, invalidate_caches, replacing, restore_stores, wanted_bundles
from menagerie.secrets.envelope import MasterKeys
from menagerie.security_log import SecurityEvent, record_of_operator
from menagerie.settings import Settings

app = typer.Typer(help="Create, inspect, verify, restore and prune encrypted backups.", no_args_is_help=True)

_PLACE = "A directory, or s3://bucket/prefix. Default: MENAGERIE_BACKUP_PLACE."
Stores = Annotated[
    list[str] | None, typer.Argument(metavar="[STORE]...", help="Stores to include; everything if you name none.")
]
To = Annotated[str | None, typer.Option("--to", metavar="PLACE", help=_PLACE)]
From = Annotated[str | None, typer.Option("--from", metavar="PLACE", help=_PLACE)]
Set = Annotated[str | None, typer.Option("--set", metavar="NAME", help="Which backup. Default: the newest.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
Keep = Annotated[
    int | None, typer.Option(min=1, help="Keep this many of the newest backups of this kind and remove the others.")
]


@app.command()
def create(stores: Stores = None, to: To = None, keep: Keep = None, json: Json = False) -> None:
    """Back up everything, or individual stores, while they are open; each store as of one moment."""
    with running_servers() as settings:
        address = owner_address(settings)
        keys = MasterKeys(settings.master_key_bytes)
        storage = _claimed(_storage(to, settings, make=True), settings, keys)
        with progress("Backing up") as advance:
            made = create_backup(address, storage, keys, stores or [], advance)
        manifest = made.manifest
        if not json:
            backup_reports.say_created(made, storage.address)
        for missing in manifest.missing:
            complain(f"{missing.slug} is not in the backup: {missing.reason}")
        pruned = _prune(storage, keys, keep) if keep else None
    if json:
        removed = backup_reports.pruned(pruned, dry_run=False) if pruned else {}
        say_json(backup_reports.new_backup(made, storage.address) | removed)
    elif pruned:
        backup_reports.say_pruned(pruned, dry_run=False)
    if manifest.missing:
        raise typer.Exit(1)


@app.command("list")
def list_backups(location: From = None, json: Json = False) -> None:
    """List the backups in a storage, oldest first, and say which installation may write to it."""
    with running_servers() as settings:
        storage = _storage(location, settings)
        found = find_backups(storage, MasterKeys(settings.master_key_bytes))
        note(backup_reports.claim(find_claim(storage), storage.address, _installation(settings)))
    if json:
        say_json([backup_reports.described(each) for each in found])
        return
    say_table(
        ("Backup", "State", "Began", "Holds", "Size"),
        [backup_reports.row(each) for each in found],
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
        say_json([backup_reports.verified(manifest.name, result) for manifest, result in results])
    else:
        rows = [(m.name, r.slug, backup_reports.state(r), str(r.rows)) for m, r in results]
        say_table(("Backup", "Bundle", "State", "Rows"), rows, empty="There is nothing to verify.")
    for each in closed:
        complain(f"{each.name} is {each.state.value}: {backup_reports.why(each, keys)}")
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
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace stores that exist here; says what that undoes, and asks.")
    ] = False,
    copy_as: Annotated[
        str | None,
        typer.Option("--as", metavar="SLUG", help="Make a copy of one store under this address, beside it."),
    ] = None,
    merchant: Annotated[
        str | None, typer.Option(help="Login of the merchant who will own it, instead of its former owners.")
    ] = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Restore individual stores, or a whole installation into an empty database. Everybody has to sign in again.

    A restore of a whole installation that was interrupted is resumed.
    """
    slugs = tuple(dict.fromkeys(stores or ()))
    options = _options(slugs, RestoreOptions(replace, copy_as, merchant))
    recovery, undone = Recovery(), Undone()
    with running_servers() as settings:
        address = owner_address(settings)
        storage, keys = _storage(location, settings), MasterKeys(settings.master_key_bytes)
        name = chosen or (None if slugs else interrupted_restore(address))
        manifest = newest_backup(storage, keys, name=name, slugs=slugs, whole=not slugs)
        source = Source(storage, manifest, keys)
        if name and name != chosen:
            note(f"The restore of {name} was interrupted, and is resumed.")
        try:
            if not slugs:
                with progress(f"Restoring from {manifest.name}") as advance:
                    restore_everything(address, source, recovery, advance)
            else:
                bundles = wanted_bundles(address, manifest, slugs)
                if replace:
                    with replacing(settings, manifest, bundles, recovery, confirmed=yes) as undone:
                        restore_stores(address, source, bundles, options, recovery)
                else:
                    restore_stores(address, source, bundles, options, recovery)
        finally:
            invalidate_caches(settings, recovery.stores)
            for store in recovery.stores:
                record_of_operator(SecurityEvent.BACKUP_RESTORED, store=store.slug, backup=manifest.name)
    if json:
        say_json(backup_reports.recovered(manifest, recovery, undone, whole=not slugs))
    else:
        backup_reports.say_recovered(manifest, recovery, whole=not slugs, copy=copy_as is not None)
    if recovery.failures:
        raise typer.Exit(1)


@app.command("take-over")
def take_over(to: To = None, yes: Yes = False, json: Json = False) -> None:
    """Claim a storage that belongs to another installation, which then can't write to it any more."""
    with running_servers() as settings:
        storage, keys = _storage(to, settings), MasterKeys(settings.master_key_bytes)
        ours = installation_id(settings.database_url.get_secret_value())
        try:
            former = find_claim(storage)
        except StorageClaimedError as damaged:
            note(str(damaged))
            former = None
        if former is not None and former.installation != ours:
            note(backup_reports.take_over(former, storage.address))
            if not yes and not sys.stdin.isatty():
                raise UsageError("Confirm it with --yes.")
            if not yes:
                typer.confirm("Take it over?", abort=True, err=True)
        take_over_storage(storage, ours, keys)
        record_of_operator(SecurityEvent.BACKUP_STORAGE_TAKEN_OVER, storage=storage.address)
    if json:
        say_json({"place": storage.address, "installation": ours, "former": former and former.installation})
    else:
        say(f"{storage.address} belongs to this installation.")


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
        storage = _storage(location, settings)
        pruned = _prune(storage if dry_run else _claimed(storage, settings, keys), keys, keep)
    if json:
        say_json(backup_reports.pruned(pruned, dry_run=dry_run))
    else:
        backup_reports.say_pruned(pruned, dry_run=dry_run)


def _storage(named: str | None, settings: Settings, *, make: bool = False) -> Storage:
    address = named or settings.backup_place
    if not address:
        raise UsageError("Specify where the backups are: --to or --from with a directory or s3://bucket/prefix.")
    return open_storage(address, settings, make=make)


def _options(slugs: Sequence[str], options: RestoreOptions) -> RestoreOptions:
    """The options, if they fit together."""
    if options.copy_as and len(slugs) != 1:
        raise UsageError("--as makes a copy of one store. Name that store.")
    if options.copy_as and options.replace:
        raise UsageError("--as makes a copy and leaves the store alone; --replace replaces it. Choose one.")
    if (options.replace or options.merchant) and not slugs:
        raise UsageError("--replace and --merchant apply to individual stores. Name them.")
    return options


def _to_verify(
    storage: Storage, keys: MasterKeys, chosen: str | None, *, all_backups: bool
) -> tuple[list[Manifest], list[FoundBackup]]:
    """The backups to read, and those that should be read but cannot be."""
    if not all_backups:
        return [newest_backup(storage, keys, name=chosen)], []
    found = find_backups(storage, keys)
    usable = [each.manifest for each in found if each.manifest and each.state in {State.COMPLETE, State.INCOMPLETE}]
    return usable, [each for each in found if each.state in {State.CLOSED, State.DAMAGED}]


def _prune(storage: Storage, keys: MasterKeys, keep: int) -> Plan:
    """Plan what to remove, and remove it if the storage can be written to."""
    planned = plan(find_backups(storage, keys), keep)
    if isinstance(storage, WritableStorage):
        for name in planned.remove:
            remove(storage, name)
    return planned


def _claimed(storage: Storage, settings: Settings, keys: MasterKeys) -> WritableStorage:
    return claim(storage, installation_id(settings.database_url.get_secret_value()), keys)


def _installation(settings: Settings) -> UUID | None:
    """The id of this installation, or None before it is migrated or restored."""
    try:
        return installation_id(settings.database_url.get_secret_value())
    except psycopg.Error:
        return None
