"""Decide which backups to remove: those that were never finished, and all but the newest of each kind."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from menagerie.backups.manifest import MANIFEST, SETS, FoundBackup, Manifest, State, began
from menagerie.backups.storage import WritableStorage

# No backup takes this long; a younger one without a manifest may still be in progress.
_ABANDONED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What pruning removes and keeps, by name."""

    remove: list[str]
    keep: list[str]
    unknown: list[str]
    """Backups that cannot be opened, so their worth is unknown; they are kept."""


def plan(found: Sequence[FoundBackup], keep: int, *, now: datetime | None = None) -> Plan:
    """Decide what to remove so that the newest `keep` complete backups of each kind stay.

    Whole installations are one kind, and so is each selection of stores. An incomplete backup is removed once `keep`
    complete ones of its kind are newer, so a store that cannot be backed up never loses its last copy.
    """
    complete = defaultdict[frozenset[UUID] | None, int](int)
    remove, kept, unknown = list[str](), list[str](), list[str]()
    for each in sorted(found, key=lambda each: each.name, reverse=True):
        if each.state in {State.CLOSED, State.DAMAGED}:
            unknown.append(each.name)
        elif each.manifest is None:
            (remove if _abandoned(each.name, now or datetime.now(UTC)) else kept).append(each.name)
        elif complete[_kind(each.manifest)] >= keep:
            remove.append(each.name)
        else:
            kept.append(each.name)
            complete[_kind(each.manifest)] += each.state is State.COMPLETE
    return Plan(sorted(remove), sorted(kept), sorted(unknown))


def remove(storage: WritableStorage, name: str) -> None:
    """Remove a backup, its manifest first, so that an interrupted removal leaves nothing that counts as a backup."""
    storage.delete([f"{SETS}/{name}/{MANIFEST}"])
    storage.delete_all(f"{SETS}/{name}")


def _kind(manifest: Manifest) -> frozenset[UUID] | None:
    return manifest.contents


def _abandoned(name: str, now: datetime) -> bool:
    since = began(name)
    return since is not None and now - since > _ABANDONED
