"""The changes of each store's shelf, as this process follows them through the catalogue's versions."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cachetools import LRUCache

from menagerie.cache.log import ChangeLog, Entry, entries, version_of
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import Version, Versions
from menagerie.pets.answer_cache import SUBJECT
from menagerie.pets.index import split_ids
from menagerie.pets.models import ShelfChanged, ShelfChangeKind
from menagerie.stores.models import Store

_MAX_STORES = 2_000
_MAX_CHANGES = 5_000
_MAX_PASSED = 1_000
_LISTED, _GONE = b"L", b"G"


@dataclass(frozen=True, slots=True)
class Change:
    """Pets that arrived on the shelf, or left it."""

    listed: bool
    pet_ids: tuple[bytes, ...]


@dataclass(eq=False, slots=True)
class Followed:
    """A store's changes as far as this process knows them."""

    version: Version
    gaps: int = 0
    """How many times changes may have been missed; older shelves must then be compared with the database."""
    first: int = 0
    """The number of the first change that is still kept."""
    changes: list[Change] = field(default_factory=list[Change])
    listed_until: int = 0
    """One more than the number of the last change that listed a pet."""
    passed: OrderedDict[Version, None] = field(default_factory=OrderedDict[Version, None])
    """Earlier versions: a request with one of them read Valkey before another request did."""

    @property
    def end(self) -> int:
        """The number that the next change will have."""
        return self.first + len(self.changes)

    def pass_on(self, version: Version, between: Sequence[Version]) -> None:
        """Advance to a later version; very old ones are forgotten."""
        for earlier in (self.version, *between):
            self.passed[earlier] = None
        while len(self.passed) > _MAX_PASSED:
            self.passed.popitem(last=False)
        self.passed.pop(version, None)
        self.version = version

    def since(self, number: int) -> Sequence[Change] | None:
        """The changes from this number on; None if they are no longer kept."""
        return self.changes[number - self.first :] if number >= self.first else None

    def extend(self, changes: Sequence[Change]) -> None:
        """Append the next changes; very old ones are forgotten."""
        for number, change in enumerate(changes, self.end + 1):
            if change.listed:
                self.listed_until = number
        self.changes.extend(changes)
        if (surplus := len(self.changes) - _MAX_CHANGES) > 0:
            del self.changes[:surplus]
            self.first += surplus


class ShelfLog:
    """The changes of all stores' shelves."""

    def __init__(self, versions: Versions, log: ChangeLog) -> None:
        self._versions = versions
        self._log = log
        self._followed: LRUCache[UUID, Followed] = LRUCache(_MAX_STORES)

    def follow(self, store: Store, value: bytes) -> Followed:
        """Follow the store's changes up to the version of the catalogue with this value, or a later one."""
        version = version_of(value)
        followed = self._followed.get(store.id)
        if followed is not None:
            if followed.version == version or version in followed.passed:
                return followed
            missing = _missing(value, followed.version)
            if missing is not None:
                followed.pass_on(version, [entry.version for entry in missing[:-1]])
                followed.extend([_decoded(entry.change) for entry in missing])
                return followed
            followed.gaps += 1
        else:
            followed = self._followed[store.id] = Followed(version)
        followed.pass_on(version, [entry.version for entry in entries(value)][:0:-1])
        return followed

    def newest(self, store: Store, version: Version) -> Version:
        """The newest version known here if the given one is earlier, otherwise the given one."""
        followed = self._followed.get(store.id)
        return followed.version if followed is not None and version in followed.passed else version

    async def append(self, store: Namespace, change: ShelfChanged | None) -> None:
        """Record a change of the shelf; None: a change that nobody can catch up with from the log."""
        if not await self._log.append(store, SUBJECT, _encoded(change) if change is not None else b""):
            await self._versions.replace(store, [SUBJECT])


def _missing(value: bytes, known: Version) -> list[Entry] | None:
    """The changes after the known version, in order; None if the log does not have them all."""
    missing: list[Entry] = []
    for entry in entries(value):
        if entry.version == known:
            return missing[::-1]
        if not entry.change:
            return None
        missing.append(entry)
    return None


def _encoded(change: ShelfChanged) -> bytes:
    kind = _LISTED if change.kind is ShelfChangeKind.LISTED else _GONE
    return kind + b"".join(pet_id.bytes for pet_id in change.pet_ids)


def _decoded(change: bytes) -> Change:
    return Change(change[:1] == _LISTED, tuple(split_ids(change[1:])))


def pet_ids(changes: Sequence[Change], *, listed: bool) -> Iterator[bytes]:
    """The pets that were listed, or those that are gone."""
    return (pet for change in changes if change.listed is listed for pet in change.pet_ids)
