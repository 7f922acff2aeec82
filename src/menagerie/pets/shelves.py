"""The shelves that this process knows: which pets are on them, by an index that follows the catalogue's log.

An index is read from the database once and then changed by what the log says. It is true of the version of the
catalogue that it was brought up to; whoever asks for another version waits until it has caught up. Without Valkey there
is none, and the database is asked each time.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from cachetools import LRUCache

from menagerie.cache.flight import Flights
from menagerie.cache.log import ChangeLog, Position
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.database.paging import Page, checked_first, decode_cursor
from menagerie.database.session import Database, ReadSession
from menagerie.pets.catalog import SUBJECT
from menagerie.pets.index import ShelfIndex
from menagerie.pets.lists import shelf_list
from menagerie.pets.models import Availability, Pet, PetSort, ShelfChanged, ShelfChangeKind, Species
from menagerie.pets.service import find_many
from menagerie.stores.models import Store

_LIFETIME_SECONDS = LIFETIME_SECONDS / 2
_BYTES_PER_ID = 150
"""What an id takes in an index, in its two lists."""
_BYTES_PER_PET = 2_500


@dataclass(frozen=True, slots=True)
class _Shelf:
    ids: bytes
    species: str


@dataclass(frozen=True, slots=True)
class _Available:
    id: UUID
    species: str


@dataclass(slots=True)
class _Known:
    index: ShelfIndex
    position: Position
    expires: float


class Shelves:
    """Indexes of shelves and the pets on them, those that were not asked for the longest forgotten first."""

    def __init__(self, database: Database, versions: Versions, log: ChangeLog, *, max_bytes: int) -> None:
        self._database = database
        self._versions = versions
        self._log = log
        self._indexes: LRUCache[UUID, _Known] = LRUCache(max_bytes // 2, getsizeof=_index_size)
        self._max_index_bytes = max_bytes // 4
        self._pets: LRUCache[tuple[UUID, UUID], Pet] = LRUCache(max_bytes // 2, getsizeof=lambda _pet: _BYTES_PER_PET)
        self._flights: Flights[_Known | None] = Flights()

    async def index(self, store: Store, version: Version | None, *, build: bool = True) -> ShelfIndex | None:
        """The index of a shelf, true of this version of the catalogue or a later one; None where there is none.

        Args:
            store: whose shelf it is.
            version: of the catalogue, from before the question.
            build: whether to read a shelf that is not known; what is asked of one pet alone is not worth it.
        """
        known = self._indexes.get(store.id)
        if version is None or (known is None and not build):
            return None
        if known is None or known.position.version != version or time.monotonic() >= known.expires:
            known = await self._flights.run((store.id, version), lambda: self._brought_up(store))
        return known.index if known is not None else None

    async def available(self, store: Store, index: ShelfIndex, pet_ids: Sequence[UUID]) -> list[Pet]:
        """The pets with these ids, in their order. They are on the shelf, so that nothing about them changes.

        One that was sold since the index was asked is left out.
        """
        missing = [pet_id for pet_id in pet_ids if (store.id, pet_id) not in self._pets]
        if missing:
            for pet in await self._database.read(store, lambda session: find_many(session, missing)):
                if pet.availability is Availability.AVAILABLE:
                    self._pets[store.id, pet.id] = pet
        found = ((pet_id, self._pets.get((store.id, pet_id))) for pet_id in pet_ids)
        return [pet for pet_id, pet in found if pet is not None and pet_id.bytes in index]

    async def page(  # noqa: PLR0917  what tells one page from another
        self,
        store: Store,
        index: ShelfIndex,
        first: int,
        after: str | None,
        species: Species | None,
        sort: PetSort,
    ) -> Page[Pet]:
        """A page of the shelf in the order of listing, or against it.

        Raises:
            RequestInvalid: for a page size or cursor that can't be.
        """
        behind = None if after is None else UUID(str(decode_cursor(store.key.sign, shelf_list(sort), after)[-1])).bytes
        wanted = checked_first(first) + 1
        while True:
            ids = index.page(species, behind, wanted, newest_first=sort is PetSort.NEWEST)
            pets = await self.available(store, index, [UUID(bytes=pet) for pet in ids[:first]])
            # Some were sold while the others were read: others have taken their places.
            if len(pets) == len(ids[:first]):
                return Page(pets, index.count(species), has_next=len(ids) == wanted, has_previous=after is not None)

    async def changed(self, store: Namespace, change: ShelfChanged | None) -> None:
        """Make what is kept of the catalogue old, and say what changed on the shelf, if anything did."""
        payload = orjson.dumps([change.kind, [pet_id.hex for pet_id in change.pet_ids]]) if change else b""
        if not await self._log.append(store, SUBJECT, payload):
            await self._versions.replace(store, [SUBJECT])

    async def _brought_up(self, store: Store) -> _Known | None:
        known = self._indexes.get(store.id)
        if known is not None and time.monotonic() < known.expires:
            changes = await self._log.since(store.namespace, SUBJECT, known.position)
            # One that says nothing of the shelf may have changed all of it, as a restored backup does.
            if changes is not None and all(changes.payloads):
                await self._apply(store, known.index, changes.payloads)
                known.position = changes.position
                return known
        # The position first, then the database, so that no change is missed; one that is met twice does no harm.
        position = await self._log.position(store.namespace, SUBJECT)
        shelf = None if position is None else await self._database.read(store, _read_shelf)
        if position is None or shelf is None:
            return None
        known = _Known(ShelfIndex(shelf.ids, shelf.species), position, time.monotonic() + _LIFETIME_SECONDS)
        if _index_size(known) <= self._max_index_bytes:
            self._indexes[store.id] = known
        return known

    async def _apply(self, store: Store, index: ShelfIndex, payloads: Iterable[bytes]) -> None:
        listed: list[UUID] = []
        for payload in payloads:
            kind, pet_ids = orjson.loads(payload) if payload else (None, ())
            if kind == ShelfChangeKind.LISTED:
                listed.extend(map(UUID, pet_ids))
            else:
                for pet_id in pet_ids:
                    index.discard(bytes.fromhex(pet_id))
                    self._pets.pop((store.id, UUID(pet_id)), None)
        if listed:
            for pet in await self._database.read(store, lambda session: _read_available(session, listed)):
                index.add(pet.id.bytes, pet.species)


def _index_size(known: _Known) -> int:
    return 1_000 + _BYTES_PER_ID * len(known.index)


async def _read_shelf(session: ReadSession) -> _Shelf | None:
    return await session.finish_one(
        _Shelf,
        "SELECT coalesce(string_agg(uuid_send(id), ''::bytea ORDER BY id), '') AS ids, "
        "coalesce(string_agg(left(species, 1), '' ORDER BY id), '') AS species "
        "FROM pet WHERE sold_at IS NULL AND removed_at IS NULL",
    )


async def _read_available(session: ReadSession, pet_ids: Sequence[UUID]) -> list[_Available]:
    return await session.finish(
        _Available,
        "SELECT id, species FROM pet WHERE id = ANY(%s) AND sold_at IS NULL AND removed_at IS NULL",
        (pet_ids,),
    )
