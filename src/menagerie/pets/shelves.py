"""The shelves that this process knows: which pets are on them, by indexes that follow the catalogue's log.

An index is read from the database once and then changed by what the log says. There is one of each whole shelf, and of
what each search finds on it. Without Valkey there are none, and the database is asked each time.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import structlog
from cachetools import LRUCache

from menagerie.cache.flight import Flights
from menagerie.cache.version import LIFETIME_SECONDS
from menagerie.database.paging import Page, checked_first, decode_cursor
from menagerie.database.session import Database, ReadSession
from menagerie.pets.index import ShelfIndex
from menagerie.pets.lists import filters, shelf_list
from menagerie.pets.models import Availability, Pet, PetSort, Species
from menagerie.pets.service import find_many
from menagerie.pets.shelf_log import Change, Followed, ShelfLog
from menagerie.stores.models import Store

logger = structlog.get_logger(__name__)

_SEARCH_LIFETIME_SECONDS = 10 * 60
_BYTES_PER_ID, _BYTES_PER_SHARED_ID = 100, 30
"""What an id takes in an index."""
_BYTES_PER_PET = 2_500


@dataclass(frozen=True, slots=True)
class _Shelf:
    ids: bytes
    species: str


@dataclass(frozen=True, slots=True)
class _Available:
    id: UUID
    species: str


@dataclass(eq=False, slots=True)
class _Known:
    index: ShelfIndex
    followed: Followed
    applied: int
    """The number of the first change that the index has not taken in yet."""
    refreshes: float
    expires: float
    bytes_per_id: int


class Shelves:
    """Indexes of shelves and the pets on them, those that were not asked for the longest forgotten first."""

    def __init__(self, database: Database, log: ShelfLog, *, max_bytes: int) -> None:
        self.log = log
        self._database = database
        self._max_index_bytes = max_bytes // 2
        self._indexes: LRUCache[tuple[UUID, str | None], _Known] = LRUCache(max_bytes // 2, getsizeof=_size)
        self._pets: LRUCache[tuple[UUID, UUID], Pet] = LRUCache(max_bytes // 2, getsizeof=lambda _pet: _BYTES_PER_PET)
        self._flights: Flights[_Known | None] = Flights()
        self._refreshing: set[asyncio.Future[_Known | None]] = set()

    def knows(self, store: Store) -> bool:
        """Whether the store's shelf is here, so that answers about it are soon made."""
        return (store.id, None) in self._indexes

    async def index(
        self, store: Store, version: bytes | None, search: str | None = None, *, build: bool = True
    ) -> ShelfIndex | None:
        """The index of a shelf, true of this version of the catalogue or a later one; None where there is none.

        Args:
            store: whose shelf it is.
            version: the value of the catalogue's version, from before the question.
            search: only the pets that it finds.
            build: whether to read a shelf that is not known; what is asked of one pet alone is not worth it.

        Raises:
            RequestInvalid: for a search that can't be.
        """
        key = (store.id, search)
        if version is None or (not build and key not in self._indexes):
            return None
        followed = self.log.follow(store, version)
        if search is not None:
            # The whole shelf is read now and then, which mends what the log has missed, for its searches too.
            await self.index(store, version)
        known = self._indexes.get(key)
        if known is None or known.followed is not followed or time.monotonic() >= known.expires:
            known = await self._flights.run((key, followed), lambda: self._built(store, search, followed))
        elif time.monotonic() >= known.refreshes:
            known.refreshes = known.expires  # one is enough
            self._refresh(store, search, followed)
        if known is None or not await self._apply(store, search, known):
            return None
        return known.index

    def _refresh(self, store: Store, search: str | None, followed: Followed) -> None:
        """Read an index anew while people go on using it as it is."""
        refreshing = asyncio.ensure_future(
            self._flights.run(((store.id, search), followed), lambda: self._built(store, search, followed))
        )
        self._refreshing.add(refreshing)
        refreshing.add_done_callback(self._refreshed)

    def _refreshed(self, refreshing: "asyncio.Future[_Known | None]") -> None:
        self._refreshing.discard(refreshing)
        # What went wrong is met again by whoever asks when the index has expired.
        if not refreshing.cancelled() and (error := refreshing.exception()) is not None:
            logger.info("shelf not refreshed", reason=type(error).__name__)

    async def page(
        self,
        store: Store,
        index: ShelfIndex,
        *,
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
            # Where some were sold while the others were read, others have taken their places.
            if len(pets) == len(ids[:first]):
                return Page(pets, index.count(species), has_next=len(ids) == wanted, has_previous=after is not None)

    async def available(self, store: Store, index: ShelfIndex, pet_ids: Sequence[UUID]) -> list[Pet]:
        """The pets with these ids, in their order. They are on the shelf, so that nothing about them changes.

        One that was sold since the index was asked is left out.
        """
        pets = {pet_id: pet for pet_id in pet_ids if (pet := self._pets.get((store.id, pet_id))) is not None}
        missing = [pet_id for pet_id in pet_ids if pet_id not in pets]
        if missing:
            for pet in await self._database.read(store, lambda session: find_many(session, missing)):
                if pet.availability is Availability.AVAILABLE:
                    self._pets[store.id, pet.id] = pets[pet.id] = pet
            for pet_id in missing:
                if pet_id not in pets:
                    index.discard(pet_id.bytes)  # the log will say so too
            return [pets[pet_id] for pet_id in pet_ids if pet_id in pets and pet_id.bytes in index]
        return list(pets.values())

    async def _built(self, store: Store, search: str | None, followed: Followed) -> _Known:
        whole = self._indexes.get((store.id, None))
        before = await self._ids(store, whole) if search is None and whole and whole.followed is followed else None
        # The log first, then the database, so that no change is missed; one that is met twice does no harm.
        applied = followed.end
        where, parameters = filters(None, search)
        shelf = await self._database.read(store, lambda session: _read_shelf(session, where, parameters))
        index = ShelfIndex(shelf.ids, shelf.species, among=whole.index if search is not None and whole else None)
        if before is not None:
            _mend(followed, before, index.ids())
        lifetime = LIFETIME_SECONDS if search is None else _SEARCH_LIFETIME_SECONDS
        known = _Known(
            index,
            followed,
            applied,
            time.monotonic() + lifetime / 2,
            time.monotonic() + lifetime,
            _BYTES_PER_SHARED_ID if search is not None and whole else _BYTES_PER_ID,
        )
        if _size(known) <= self._max_index_bytes:
            self._indexes[store.id, search] = known
        return known

    async def _ids(self, store: Store, known: _Known) -> frozenset[bytes] | None:
        return known.index.ids() if await self._apply(store, None, known) else None

    async def _apply(self, store: Store, search: str | None, known: _Known) -> bool:
        """Take in the changes that the index does not know yet. False where they are not to be had any more."""
        changes, end = known.followed.since(known.applied), known.followed.end
        if changes is None:
            self._indexes.pop((store.id, search), None)
            return False
        listed = [pet for change in changes if change.listed for pet in change.pet_ids]
        for change in changes:
            if not change.listed:
                for pet in change.pet_ids:
                    known.index.discard(pet)
        if listed:
            where, parameters = filters(None, search)
            ids = [UUID(bytes=pet) for pet in listed]
            found = await self._database.read(store, lambda session: _among(session, ids, where, parameters))
            # What was said meanwhile may have been taken in by somebody else already.
            if (meanwhile := known.followed.since(end)) is None:
                self._indexes.pop((store.id, search), None)
                return False
            gone = {pet for change in meanwhile if not change.listed for pet in change.pet_ids}
            for pet in found:
                if pet.id.bytes not in gone:
                    known.index.add(pet.id.bytes, pet.species)
        known.applied = max(known.applied, end)
        return True


def _mend(followed: Followed, before: frozenset[bytes], now: frozenset[bytes]) -> None:
    """Take in what the log did not say, because a process ended between its commit and saying so.

    Every index follows, so that those of searches need not be read again.
    """
    gone, listed = tuple(before - now), tuple(now - before)
    missed = [change for change in (Change(False, gone), Change(True, listed)) if change.pet_ids]
    if missed:
        followed.extend(missed)


def _size(known: _Known) -> int:
    return 1_000 + known.bytes_per_id * len(known.index)


async def _read_shelf(session: ReadSession, where: LiteralString, parameters: Sequence[object]) -> _Shelf:
    rows = await session.finish(
        _Shelf,
        "SELECT coalesce(string_agg(uuid_send(id), ''::bytea ORDER BY id), '') AS ids, "
        f"coalesce(string_agg(left(species, 1), '' ORDER BY id), '') AS species FROM pet WHERE {where}",
        parameters,
    )
    return rows[0]


async def _among(
    session: ReadSession, pet_ids: Sequence[UUID], where: LiteralString, parameters: Sequence[object]
) -> list[_Available]:
    return await session.finish(
        _Available, f"SELECT id, species FROM pet WHERE {where} AND id = ANY(%s)", (*parameters, pet_ids)
    )
