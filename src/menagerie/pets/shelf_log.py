"""What happened on a store's shelf, followed from Valkey's log into this process."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from cachetools import LRUCache

from menagerie.cache.flight import Flights
from menagerie.cache.log import ChangeLog, Position
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import Version, Versions
from menagerie.pets.catalog import SUBJECT
from menagerie.pets.models import ShelfChanged, ShelfChangeKind
from menagerie.stores.models import Store

_MAX_STORES = 2_000
_MAX_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class _Change:
    listed: bool
    pet_ids: tuple[bytes, ...]


@dataclass(eq=False, slots=True)
class Followed:
    """A store's log as far as this process knows it. A new one begins wherever something may have been missed."""

    position: Position
    first: int = 0
    """The number of the first change that is still here."""
    changes: list[_Change] = field(default_factory=list[_Change])

    @property
    def end(self) -> int:
        """The number that the next change will have."""
        return self.first + len(self.changes)

    def since(self, number: int) -> Sequence[_Change] | None:
        """The changes from this number on; None where they are not here any more."""
        return self.changes[number - self.first :] if number >= self.first else None

    def extend(self, changes: Sequence[_Change], position: Position) -> None:
        """Take in what came next; changes of long ago are forgotten."""
        self.changes.extend(changes)
        self.position = position
        if (surplus := len(self.changes) - _MAX_CHANGES) > 0:
            del self.changes[:surplus]
            self.first += surplus


class ShelfLog:
    """The logs of all stores."""

    def __init__(self, versions: Versions, log: ChangeLog) -> None:
        self._versions = versions
        self._log = log
        self._followed: LRUCache[UUID, Followed] = LRUCache(_MAX_STORES)
        self._flights: Flights[tuple[Followed | None, float]] = Flights()

    async def follow(self, store: Store, version: Version) -> Followed | None:
        """The store's log up to this version of the catalogue or a later one; None where Valkey is away."""
        followed = self._followed.get(store.id)
        if followed is not None and followed.position.version == version:
            return followed
        asked = time.monotonic()
        followed, began = await self._flights.run(store.id, lambda: self._catch_up(store))
        if began < asked and (followed is None or followed.position.version != version):
            # That flight had begun before this question, and may have ended before the version. The next has not.
            followed, _ = await self._flights.run(store.id, lambda: self._catch_up(store))
        return followed

    async def append(self, store: Namespace, change: ShelfChanged | None) -> None:
        """Say what changed on the shelf; None: something that nobody can catch up with."""
        payload = orjson.dumps([change.kind, [pet_id.hex for pet_id in change.pet_ids]]) if change else b""
        if not await self._log.append(store, SUBJECT, payload):
            await self._versions.replace(store, [SUBJECT])

    async def _catch_up(self, store: Store) -> tuple[Followed | None, float]:
        began = time.monotonic()
        followed = self._followed.get(store.id)
        if followed is not None:
            changes = await self._log.since(store.namespace, SUBJECT, followed.position)
            # One that says nothing may have changed everything, as a restored backup does.
            if changes is not None and all(changes.payloads):
                followed.extend([_decoded(payload) for payload in changes.payloads], changes.position)
                return followed, began
        position = await self._log.position(store.namespace, SUBJECT)
        if position is None:
            return None, began
        followed = self._followed[store.id] = Followed(position)
        return followed, began


def _decoded(payload: bytes) -> _Change:
    kind, pet_ids = orjson.loads(payload)
    return _Change(kind == ShelfChangeKind.LISTED, tuple(map(bytes.fromhex, pet_ids)))
