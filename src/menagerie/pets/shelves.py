"""The shelves that this process knows: which pets are on them, by indexes that follow the catalogue's log.

The index of a whole shelf is read from the database once and then changed by what the log says. What a search finds is
read once too, and is a part of the index. Without Valkey there are none, and the database is asked each time.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from cachetools import LRUCache

from menagerie.cache.flight import Flights
from menagerie.cache.version import LIFETIME_SECONDS
from menagerie.database.paging import Page, checked_first, decode_cursor
from menagerie.database.session import Database
from menagerie.pets import shelf_reading
from menagerie.pets.index import LISTING, Found, ShelfIndex, split_ids
from menagerie.pets.kept import KeptPet, KeptPets
from menagerie.pets.lists import shelf_list
from menagerie.pets.models import Availability, PetSort, Species
from menagerie.pets.service import find_many
from menagerie.pets.shelf_log import Change, Followed, ShelfLog
from menagerie.stores.models import Store

logger = structlog.get_logger(__name__)

_SEARCH_LIFETIME_SECONDS = 10 * 60
_ORDER_SECONDS = 5
"""How soon an order may be read again that a listing has made old; until then the database is asked for each page."""
_BYTES_PER_ID = 160
"""What a pet takes in an index."""
_ORDERS = 3
"""In how many orders what a search finds may be kept, a bit for each pet of the index."""

_WAYS = {
    PetSort.OLDEST: (LISTING, False),
    PetSort.NEWEST: (LISTING, True),
    PetSort.NAME: (PetSort.NAME, False),
    PetSort.YOUNGEST: (PetSort.YOUNGEST, False),
    PetSort.ELDEST: (PetSort.YOUNGEST, True),
}
"""By which order of an index each of the shelf's is made, and whether backwards."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The available pets of a store, or those of them that a search finds."""

    index: ShelfIndex
    found: Found | None = None

    def count(self, species: str | None) -> int:
        """How many there are of a species; of all, where none is given."""
        return self.index.count(species, self.found)


@dataclass(eq=False, slots=True)
class _Known:
    index: ShelfIndex
    found: Found | None
    """What a search finds of the index; None for the whole."""
    followed: Followed
    applied: int
    """The number of the first change that was not taken in yet."""
    refreshes: float
    expires: float


class Shelves:
    """Indexes of shelves and the pets on them, those that were not asked for the longest forgotten first."""

    def __init__(self, database: Database, log: ShelfLog, *, max_bytes: int) -> None:
        self.log = log
        self._database = database
        self._max_index_bytes = max_bytes // 2
        self._known: LRUCache[tuple[UUID, str | None], _Known] = LRUCache(max_bytes // 2, getsizeof=_size)
        self._pets = KeptPets(max_bytes=max_bytes // 2)
        self._flights: Flights[_Known] = Flights()
        self._orders: Flights[None] = Flights()
        self._refreshing: set[asyncio.Future[_Known]] = set()

    def knows(self, store: Store) -> bool:
        """Whether the store's shelf is here, so that answers about it are soon made."""
        return (store.id, None) in self._known

    async def shelf(
        self, store: Store, version: bytes | None, search: str | None = None, *, build: bool = True
    ) -> Shelf | None:
        """A shelf, true of this version of the catalogue or a later one; None where the database is to be asked.

        Args:
            store: whose shelf it is.
            version: the value of the catalogue's version, from before the question.
            search: only the pets that it finds, as `lists.wanted` gives it.
            build: whether to read a shelf that is not known; what is asked of one pet alone is not worth it.
        """
        if version is None or (not build and not self.knows(store)):
            return None
        whole = await self._whole(store, self.log.follow(store, version))
        if not await self._apply(store, None, whole, whole.followed.end):
            return None
        if search is None:
            return Shelf(whole.index)
        searched = await self._searched(store, whole, search)
        if not await self._apply(store, search, searched, whole.applied):
            return None
        return Shelf(searched.index, searched.found)

    async def page(
        self,
        store: Store,
        shelf: Shelf,
        *,
        first: int,
        after: str | None,
        species: Species | None,
        sort: PetSort,
    ) -> Page[KeptPet] | None:
        """A page of the shelf; None where the database is to be asked.

        Raises:
            RequestInvalid: for a page size or cursor that can't be.
        """
        behind = None if after is None else UUID(str(decode_cursor(store.key.sign, shelf_list(sort), after)[-1])).bytes
        wanted, (order, backwards) = checked_first(first) + 1, _WAYS[sort]
        while await self._has_order(store, shelf.index, order):
            ids = shelf.index.page(order, species, shelf.found, behind, wanted, backwards=backwards)
            if ids is None:
                break
            pets = await self.available(store, shelf.index, ids[:first])
            # Where some were sold while the others were read, others have taken their places.
            if len(pets) == len(ids[:first]):
                return Page(pets, shelf.count(species), has_next=len(ids) == wanted, has_previous=after is not None)
        return None

    async def available(self, store: Store, index: ShelfIndex, ids: Sequence[bytes]) -> list[KeptPet]:
        """The pets with these ids, in their order. They are on the shelf, so that nothing about them changes.

        One that was sold since the index was asked is left out.
        """
        pets = self._pets.find(store, ids)
        if len(pets) == len(ids):
            return list(pets.values())
        missing = [pet_id for pet_id in ids if pet_id not in pets]
        wanted = [UUID(bytes=pet_id) for pet_id in missing]
        for pet in await self._database.read(store, lambda session: find_many(session, wanted)):
            if pet.availability is Availability.AVAILABLE:
                pets[pet.id.bytes] = self._pets.keep(store, pet)
        for pet_id in missing:
            if pet_id not in pets:
                index.discard(pet_id)  # the log will say so too
        return [pets[pet_id] for pet_id in ids if pet_id in pets and pet_id in index]

    async def _has_order(self, store: Store, index: ShelfIndex, name: str) -> bool:
        """Whether an order is in the index, reading it where that is worth it."""
        if not index.has_order(name) and time.monotonic() >= index.orders_due.get(name, 0.0) and self.knows(store):
            await self._orders.run((index, name), lambda: self._read_order(store, index, name))
        return index.has_order(name)

    async def _read_order(self, store: Store, index: ShelfIndex, name: str) -> None:
        index.orders_due[name] = time.monotonic() + _ORDER_SECONDS
        additions = index.additions
        ids = await self._database.read(store, lambda session: shelf_reading.in_order(session, PetSort(name)))
        if index.additions == additions:
            index.keep_order(name, split_ids(ids))

    async def _whole(self, store: Store, followed: Followed) -> _Known:
        known, now = self._known.get((store.id, None)), time.monotonic()
        if known is None or known.followed is not followed:
            return await self._flights.run((store.id, followed), lambda: self._built(store, followed))
        if now >= known.expires:
            return await self._read_again(store, known)
        if now >= known.refreshes:
            known.refreshes = known.expires  # one is enough
            # People go on using it as it is.
            refreshing = asyncio.ensure_future(self._read_again(store, known))
            self._refreshing.add(refreshing)
            refreshing.add_done_callback(self._refreshed)
        return known

    async def _read_again(self, store: Store, known: _Known) -> _Known:
        return await self._flights.run((store.id, known), lambda: self._mended(store, known))

    def _refreshed(self, refreshing: "asyncio.Future[_Known]") -> None:
        self._refreshing.discard(refreshing)
        # What went wrong is met again by whoever asks when the index has expired.
        if not refreshing.cancelled() and (error := refreshing.exception()) is not None:
            logger.info("shelf not refreshed", reason=type(error).__name__)

    async def _built(self, store: Store, followed: Followed) -> _Known:
        # The log first, then the database, so that no change is missed; one that is met twice does no harm.
        applied = followed.end
        shelf = await self._database.read(store, shelf_reading.whole_shelf)
        return self._keep(store, shelf, followed, applied)

    async def _mended(self, store: Store, known: _Known) -> _Known:
        """Take in what the log did not say, because a process ended between its commit and saying so.

        It is added to the log as this process knows it, so that what searches find follows it too.
        """
        if not await self._apply(store, None, known, known.followed.end):
            return await self._built(store, known.followed)
        before, applied = known.index.ids(), known.followed.end
        shelf = await self._database.read(store, shelf_reading.whole_shelf)
        now = frozenset(split_ids(shelf.ids))
        missed = [Change(False, tuple(before - now)), Change(True, tuple(now - before))]
        known.followed.extend([change for change in missed if change.pet_ids])
        if known.index.worn:
            return self._keep(store, shelf, known.followed, applied)
        known.refreshes, known.expires = _times(LIFETIME_SECONDS)
        return known

    def _keep(self, store: Store, shelf: shelf_reading.Listed, followed: Followed, applied: int) -> _Known:
        known = _Known(ShelfIndex(shelf.ids, shelf.species), None, followed, applied, *_times(LIFETIME_SECONDS))
        # What searches have found is a part of the index that was there.
        for key in [key for key in self._known if key[0] == store.id]:
            del self._known[key]
        if _size(known) <= self._max_index_bytes:
            self._known[store.id, None] = known
        return known

    async def _searched(self, store: Store, whole: _Known, search: str) -> _Known:
        known = self._known.get((store.id, search))
        if known is None or known.index is not whole.index or time.monotonic() >= known.expires:
            key = (store.id, search, whole.index)
            return await self._flights.run(key, lambda: self._built_search(store, whole, search))
        return known

    async def _built_search(self, store: Store, whole: _Known, search: str) -> _Known:
        applied = whole.applied
        ids = await self._database.read(store, lambda session: shelf_reading.found_by(session, search))
        found = whole.index.found(split_ids(ids))
        known = _Known(whole.index, found, whole.followed, applied, *_times(_SEARCH_LIFETIME_SECONDS))
        if _size(known) <= self._max_index_bytes and self._known.get((store.id, None)) is whole:
            self._known[store.id, search] = known
        return known

    async def _apply(self, store: Store, search: str | None, known: _Known, end: int) -> bool:
        """Take in the changes before this one that are not known yet. False where they are not to be had any more."""
        if search is not None and known.applied >= known.followed.listed_until:
            known.applied = max(known.applied, end)  # what has gone, the index knows
        if known.applied >= end:
            return True
        changes = known.followed.since(known.applied)
        if changes is not None:
            changes = changes[: end - known.applied]
            if search is None:
                for pet in _told(changes, listed=False):
                    known.index.discard(pet)
                    self._pets.forget(store, pet)
            listed = [UUID(bytes=pet) for pet in _told(changes, listed=True)]
            if not listed or await self._add(store, search, known, end, listed):
                known.applied = max(known.applied, end)
                return True
        self._known.pop((store.id, search), None)
        return False

    async def _add(self, store: Store, search: str | None, known: _Known, end: int, listed: Sequence[UUID]) -> bool:
        """Add pets that were listed before a change. False where it is not known which of them have gone since."""
        found = await self._database.read(store, lambda session: shelf_reading.available_among(session, listed, search))
        # What was said meanwhile may have been taken in by somebody else already.
        if (meanwhile := known.followed.since(end)) is None:
            return False
        gone = frozenset(_told(meanwhile, listed=False))
        for pet in found:
            if pet.id.bytes in gone:
                continue
            if known.found is None:
                known.index.add(pet.id.bytes, pet.species)
            else:
                known.index.add_found(known.found, pet.id.bytes)
        return True


def _told(changes: Sequence[Change], *, listed: bool) -> Iterator[bytes]:
    """The pets that came, or those that went."""
    return (pet for change in changes if change.listed is listed for pet in change.pet_ids)


def _times(lifetime: float) -> tuple[float, float]:
    """When something that was just read is to be read again, and when it expires."""
    now = time.monotonic()
    return now + lifetime / 2, now + lifetime


def _size(known: _Known) -> int:
    bits = len(known.index)
    return 1_000 + (bits * _BYTES_PER_ID if known.found is None else bits * _ORDERS // 8)
