"""Formatting of backups, for people and for machines."""

from collections.abc import Mapping
from uuid import UUID

from menagerie.backups.changes import Changes
from menagerie.backups.claim import Claim
from menagerie.backups.creation import Created
from menagerie.backups.manifest import FoundBackup, Manifest, State
from menagerie.backups.pruning import Plan
from menagerie.backups.recovery import Recovery
from menagerie.backups.verification import Verified
from menagerie.cli.console import complain, say
from menagerie.errors import DomainError
from menagerie.secrets.envelope import MasterKeys

_MEBIBYTE = 1024 * 1024
_WHY = {
    State.DAMAGED: "its manifest was changed after it was written, so it can't be used.",
    State.UNFINISHED: "it is still being made, or was interrupted.",
}


def counted(number: int, what: str) -> str:
    """A number with its noun in the singular or plural."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def size(number: int) -> str:
    """A number of bytes, for people."""
    return f"{number / _MEBIBYTE:,.1f} MiB" if number >= _MEBIBYTE else f"{number / 1024:,.1f} KiB"


def contents(manifest: Manifest) -> str:
    """What is in a backup."""
    if manifest.platform:
        return f"the platform and {counted(len(manifest.stores), 'store')}"
    return ", ".join(bundle.slug for bundle in manifest.stores) or "nothing"


def why(found: FoundBackup, keys: MasterKeys) -> str:
    """Why a backup cannot be used."""
    if found.state is State.CLOSED and found.manifest:
        try:
            found.manifest.backup_key(keys)
        except DomainError as error:
            return str(error)
    return _WHY.get(found.state, "")


def row(found: FoundBackup) -> tuple[str, ...]:
    """A backup as a row of a table."""
    manifest = found.manifest
    if manifest is None:
        return found.name, found.state.value, "", "", ""
    lacks = f"; not {', '.join(missing.slug for missing in manifest.missing)}" if manifest.missing else ""
    began = f"{manifest.began_at:%Y-%m-%d %H:%M:%S} UTC"
    return found.name, found.state.value, began, contents(manifest) + lacks, size(manifest.bytes)


def described(found: FoundBackup) -> dict[str, object]:
    """A backup for machines."""
    manifest = found.manifest
    if manifest is None:
        return {"name": found.name, "state": found.state.value}
    return {
        "name": found.name,
        "state": found.state.value,
        "id": str(manifest.id),
        "version": manifest.version,
        "beganAt": manifest.began_at.isoformat(),
        "endedAt": manifest.ended_at.isoformat(),
        "whole": manifest.platform is not None,
        "bytes": manifest.bytes,
        "stores": [
            {"slug": bundle.slug, "id": str(bundle.holder), "bytes": bundle.bytes, "rows": bundle.rows}
            for bundle in manifest.stores
        ],
        "missing": [{"slug": missing.slug, "reason": missing.reason} for missing in manifest.missing],
    }


def state(result: Verified) -> str:
    """The state of a verified bundle, in one word."""
    if result.deleted:
        return "deleted"
    return "damaged" if result.problem else "sound"


def verified(name: str, result: Verified) -> dict[str, object]:
    """The result of verifying a bundle, for machines."""
    return {
        "backup": name,
        "bundle": result.slug,
        "state": state(result),
        "rows": result.rows,
        "problem": result.problem,
    }


def say_created(created: Created, address: str) -> None:
    """Print what a new backup holds."""
    if created.keys_taken:
        gone = counted(created.keys_taken, "deleted store")
        say(f"The keys of {gone} were destroyed: nobody can read those stores' bundles any more.")
    holds = f"{contents(created.manifest)}, {size(created.manifest.bytes)}"
    say(f"The backup {created.manifest.name} in {address} holds {holds}.")


def new_backup(created: Created, address: str) -> dict[str, object]:
    """A new backup, for machines."""
    manifest = created.manifest
    found = FoundBackup(manifest.name, State.INCOMPLETE if manifest.missing else State.COMPLETE, manifest)
    return described(found) | {"place": address, "keysDestroyed": created.keys_taken}


def claim(found: Claim | None, address: str, ours: UUID | None) -> str:
    """Which installation may write to a storage."""
    if found is None:
        return f"No installation has claimed {address} yet. The first `menagerie backup create` there does."
    since = f"since {found.claimed_at:%Y-%m-%d}"
    if found.installation == ours:
        return f"{address} belongs to this installation, {since}."
    return (
        f"{address} belongs to another installation ({found.installation}, {since}). Its backups can be restored here; "
        "nothing can be added or removed. `menagerie backup take-over` changes that."
    )


def take_over(former: Claim, address: str) -> str:
    """What taking over a storage does."""
    return (
        f"{address} belongs to another installation ({former.installation}, since {former.claimed_at:%Y-%m-%d}). If "
        "this one takes it over, the other can't make, prune or finish a backup there any more. Its backups stay, and "
        "open while its master keys are in MENAGERIE_MASTER_KEYS. Stores that were deleted here become unreadable in "
        "them at the next backup."
    )


def recovered(
    manifest: Manifest, recovery: Recovery, undone: Mapping[UUID, Changes | None], *, whole: bool
) -> dict[str, object]:
    """The outcome of a restore, for machines."""
    return {
        "backup": manifest.name,
        "whole": whole,
        "stores": [
            {"slug": store.slug, "id": str(store.id)}
            | ({"undone": _undone(undone[store.id])} if store.id in undone else {})
            for store in recovery.stores
        ],
        "present": recovery.present,
        "deleted": recovery.deleted,
        "failed": [{"slug": slug, "reason": reason} for slug, reason in recovery.failures],
    }


def _undone(changes: Changes | None) -> dict[str, int] | None:
    if changes is None:
        return None
    return {
        "purchases": changes.purchases,
        "petsListed": changes.pets_listed,
        "petsRemoved": changes.pets_removed,
        "signUps": changes.sign_ups,
    }


def pruned(planned: Plan, *, dry_run: bool) -> dict[str, object]:
    """What pruning did, for machines."""
    return {"removed": planned.remove, "kept": planned.keep, "unknown": planned.unknown, "dryRun": dry_run}


def say_recovered(manifest: Manifest, recovery: Recovery, *, whole: bool, copy: bool) -> None:
    """Print the outcome of a restore."""
    if recovery.present:
        here = counted(len(recovery.present), "store")
        say(f"{here} had been restored before the interruption, with all rows.")
    if whole:
        say(f"The platform and {counted(len(recovery.stores), 'store')} are back, as they were in {manifest.name}.")
    for store in recovery.stores if copy else ():
        say(f"The copy {store.slug} is as the store was in {manifest.name}. Its page is /stores/{store.slug}.")
    for store in () if whole or copy else recovery.stores:
        say(f"The store {store.slug} is back, as it was in {manifest.name}. Its page is /stores/{store.slug}.")
    if copy:
        say("Its customers sign in with the passwords they had at the time of the backup. The original was left alone.")
    elif recovery.stores:
        say("Everybody has been signed out there, and passwords are those of the backup.")
    for sentence in recovery.deleted:
        say(sentence)
    for slug, reason in recovery.failures:
        complain(f"{slug} was not restored: {reason}")
    if whole and recovery.failures:
        complain("Restore them by name: `menagerie backup restore STORE …`.")


def say_pruned(planned: Plan, *, dry_run: bool) -> None:
    """Print what pruning did."""
    for name in planned.remove:
        say(f"{name} {'would be' if dry_run else 'was'} removed.")
    for name in planned.unknown:
        complain(f"{name} was left alone: no master key opens it, so its contents are unknown.")
    kept = len(planned.keep)
    say(f"{counted(kept, 'backup')} stay{'s' if kept == 1 else ''}.")
