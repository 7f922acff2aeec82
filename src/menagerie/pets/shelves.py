"""The shelves that this process caches, as indexes that follow the catalogue's log.

The index of a whole shelf is read from the database once and then updated from the log. A search result is read once
too, and is part of the index. Without Valkey there are no indexes, and every request queries the database.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from cachetools import LRUCache

from menagerie.cache.single_flight import SingleFlight
from menagerie.database.paging import Page, checked_first, decode_cursor
from menagerie.database.session import Database
from menagerie.pets import shelf_queries
from menagerie.pets.cached_shelf import CachedShelf
from menagerie.pets.index import LISTING, Found, ShelfIndex, split_ids
from menagerie.pets.models import Availability, PetSort, Species
from menagerie.pets.pet_cache import CachedPet, PetCache
from menagerie.pets.pet_loader import PetLoader
from menagerie.pets.queries import shelf_list
from menagerie.pets.shelf_log import Change, Followed, ShelfLog, pet_ids
from menagerie.stores.models import Store

_ORDER_SECONDS = 5
"""How soon to read an order again that a listing has outdated; until then every page queries the database."""

_MAX_ADDED = 1_000
"""How many pets to add to an index one by one. Only bulk changes from outside add more; then rereading is cheaper."""

_INDEX_ORDERS = {
    PetSort.OLDEST: (LISTING, False),
    PetSort.NEWEST: (LISTING, True),
    PetSort.NAME: (PetSort.NAME, False),
    PetSort.YOUNGEST: (PetSort.YOUNGEST, False),
    PetSort.ELDEST: (PetSort.YOUNGEST, True),
}
"""The index order behind each sort order, and whether it is read backwards."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The available pets of a store, or those that a search finds."""

    index: ShelfIndex
    found: Found | None = None

    def count(self, species: str | None) -> int:
        """How many pets there are of a species; of all species if none is given."""
        return self.index.count(species, self.found)


class Shelves:
    """Indexes of shelves and the pets on them. The least recently used are evicted first."""

    def __init__(self, database: Database, log: ShelfLog, loader: PetLoader, *, max_bytes: int) -> None:
        self.log = log
        self._database, self._loader = database, loader
        self._max_index_bytes = max_bytes // 2
        self._known: LRUCache[tuple[UUID, str | None], CachedShelf] = LRUCache(
            max_bytes // 2, getsizeof=attrgetter("size")
        )
        self._pets = PetCache(max_bytes=max_bytes // 2)
        self._flights: SingleFlight[CachedShelf] = SingleFlight()
        self._readings: SingleFlight[None] = SingleFlight()
        self._additions: SingleFlight[bool] = SingleFlight()

    @property
    def memory_bytes(self) -> int:
        """The size of the indexes and pets in memory."""
        return int(self._known.currsize) + self._pets.memory_bytes

    def knows(self, store: Store) -> bool:
        """Whether the store's shelf is cached, so that answers about it are cheap."""
        return (store.id, None) in self._known

    def follow(self, store: Store, version: bytes) -> None:
        """Follow the catalogue to a version that a request has read, whatever the request is for.

        Its value covers the last hundred sales or so; this way, a process rarely asked about the shelf misses none.
        """
        if self.knows(store):
            self.log.follow(store, version)

    async def shelf(
        self, store: Store, version: bytes | None, search: str | None = None, *, build: bool = True
    ) -> Shelf | None:
        """A shelf as of this version of the catalogue or a later one; None if the database must be queried instead.

        Args:
            store: the store of the shelf.
            version: the value of the catalogue's version, taken before the request for the shelf.
            search: only the pets that it finds, as returned by `search.tsquery`.
            build: whether to read a shelf that is not cached; for a single pet it is not worth it.
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
    ) -> Page[CachedPet] | None:
        """A page of the shelf; None if the database must be queried instead.

        Raises:
            InvalidArgumentError: for an invalid page size or cursor.
        """
        behind = None if after is None else UUID(str(decode_cursor(store.key.sign, shelf_list(sort), after)[-1])).bytes
        wanted, (order, backwards) = checked_first(first) + 1, _INDEX_ORDERS[sort]
        while await self._has_order(store, shelf.index, order):
            ids = shelf.index.page(order, species, shelf.found, behind, wanted, backwards=backwards)
            if ids is None:
                break
            pets = await self.available(store, shelf.index, ids[:first])
            # Try again if some were sold while the others were read: other pets have taken their places.
            if len(pets) == len(ids[:first]):
                return Page(pets, shelf.count(species), has_next=len(ids) == wanted, has_previous=after is not None)
        return None

    async def available(self, store: Store, index: ShelfIndex, ids: Sequence[bytes]) -> list[CachedPet]:
        """The pets with these ids, in order. They are on the shelf, so they do not change.

        Pets that were sold since the index was queried are left out.
        """
        pets = self._pets.find(store, ids)
        if len(pets) == len(ids):
            return list(pets.values())
        missing = [pet_id for pet_id in ids if pet_id not in pets]
        loaded = await self._loader.load(store, missing)
        for pet_id in missing:
            pet = loaded.get(pet_id)
            if pet is not None and pet.availability is Availability.AVAILABLE:
                pets[pet_id] = self._pets.keep(store, pet)
            else:
                index.discard(pet_id)  # the log will report it, too
        return [pets[pet_id] for pet_id in ids if pet_id in pets and pet_id in index]

    async def _has_order(self, store: Store, index: ShelfIndex, name: str) -> bool:
        """Whether an order is in the index, after reading it if that is worth it."""
        if not index.has_order(name) and time.monotonic() >= index.orders_due.get(name, 0.0) and self.knows(store):
            await self._readings.run((index, name), lambda: self._read_order(store, index, name))
        return index.has_order(name)

    async def _read_order(self, store: Store, index: ShelfIndex, name: str) -> None:
        index.orders_due[name] = time.monotonic() + _ORDER_SECONDS
        additions = index.additions
        ids = await self._database.read(store, lambda session: shelf_queries.in_order(session, PetSort(name)))
        if index.additions == additions:
            index.keep_order(name, split_ids(ids))

    async def _whole(self, store: Store, followed: Followed) -> CachedShelf:
        known, now = self._known.get((store.id, None)), time.monotonic()
        if known is None or known.followed is not followed:
            return await self._flights.run((store.id, followed), lambda: self._built(store, followed))
        # A request that knows of a gap must not share a read that began before it.
        reading = known, known.followed.gaps
        if now >= known.expires or known.gaps != followed.gaps:
            return await self._flights.run(reading, lambda: self._reconciled(store, known))
        if now >= known.refreshes:
            known.refreshes = known.expires  # one refresh is enough
            # Requests keep using it as it is in the meantime.
            self._flights.start(reading, lambda: self._reconciled(store, known))
        return known

    async def _read_words(self, store: Store, whole: CachedShelf) -> None:
        await whole.words.read(whole.index, lambda: self._database.read(store, shelf_queries.all_words))
        if whole.size > self._max_index_bytes:
            whole.words.forget()
        elif self._known.get((store.id, None)) is whole:
            self._known[store.id, None] = whole  # reinsert it, because it is larger now

    async def _built(self, store: Store, followed: Followed) -> CachedShelf:
        # Take the log's position before reading, so that no change is missed; applying one twice does no harm.
        applied, gaps = followed.end, followed.gaps
        shelf = await self._database.read(store, shelf_queries.whole_shelf)
        return self._keep(store, shelf, followed, applied, gaps)

    async def _reconciled(self, store: Store, known: CachedShelf) -> CachedShelf:
        """Apply changes that are not in the log, because they were missed or a process died between commit and append.

        They are added to this process's copy of the log, so that search results follow them too.
        """
        if not await self._apply(store, None, known, known.followed.end):
            return await self._built(store, known.followed)
        before, applied, gaps = known.index.ids(), known.followed.end, known.followed.gaps
        shelf = await self._database.read(store, shelf_queries.whole_shelf)
        now = frozenset(split_ids(shelf.ids))
        missed = [Change(False, tuple(before - now)), Change(True, tuple(now - before))]
        known.followed.extend([change for change in missed if change.pet_ids])
        if known.index.worn:
            rebuilt = self._keep(store, shelf, known.followed, applied, gaps)
            await self._move_searches(store, rebuilt)
            return rebuilt
        known.renew(gaps)
        return known

    def _keep(
        self, store: Store, shelf: shelf_queries.Listed, followed: Followed, applied: int, gaps: int
    ) -> CachedShelf:
        known = CachedShelf(ShelfIndex(shelf.ids, shelf.species), None, followed, applied, gaps)
        # Search results are part of the previous index, and can only follow the same changes.
        for key in [key for key in self._known if key[0] == store.id and self._known[key].followed is not followed]:
            del self._known[key]
        if known.size <= self._max_index_bytes:
            self._known[store.id, None] = known
        return known

    async def _move_searches(self, store: Store, whole: CachedShelf) -> None:
        """Move search results to a new index, so that the old one can be freed."""
        for known in [known for key, known in self._known.items() if key[0] == store.id]:
            known.move_to(whole)
            await asyncio.sleep(0)  # let other requests run in between

    async def _searched(self, store: Store, whole: CachedShelf, search: str) -> CachedShelf:
        known = self._known.get((store.id, search))
        if known is None or known.followed is not whole.followed or time.monotonic() >= known.expires:
            key = (store.id, search, whole.index)
            return await self._flights.run(key, lambda: self._built_search(store, whole, search))
        known.move_to(whole)
        return known

    async def _built_search(self, store: Store, whole: CachedShelf, search: str) -> CachedShelf:
        applied, gaps = whole.applied, whole.gaps
        found = whole.words.found(whole.index, search)
        if found is None:
            if whole.words.are_worth_reading(whole.index):
                self._readings.start(whole, lambda: self._read_words(store, whole))
            ids = await self._database.read(store, lambda session: shelf_queries.found_by(session, search))
            found = whole.index.found(split_ids(ids))
        known = CachedShelf(whole.index, found, whole.followed, applied, gaps, whole.words)
        if known.size <= self._max_index_bytes and self._known.get((store.id, None)) is whole:
            self._known[store.id, search] = known
        return known

    async def _apply(self, store: Store, search: str | None, known: CachedShelf, end: int) -> bool:
        """Apply the outstanding changes before number `end`. False if they are too many, or no longer available."""
        if search is not None and known.applied >= known.followed.listed_until:
            known.applied = max(known.applied, end)  # the index already knows which pets are gone
        if known.applied >= end:
            return True
        changes = known.followed.since(known.applied)
        if changes is not None:
            changes = changes[: end - known.applied]
            if search is None:
                for pet in pet_ids(changes, listed=False):
                    known.index.discard(pet)
                    self._pets.forget(store, pet)
            listed = [UUID(bytes=pet) for pet in pet_ids(changes, listed=True)]
            if not listed or (
                len(listed) <= _MAX_ADDED
                and await self._additions.run((known, end), lambda: self._add(store, search, known, end, listed))
            ):
                known.applied = max(known.applied, end)
                return True
        self._known.pop((store.id, search), None)
        return False

    async def _add(
        self, store: Store, search: str | None, known: CachedShelf, end: int, listed: Sequence[UUID]
    ) -> bool:
        """Add pets that were listed before number `end`. False if it is unknown which of them are gone since."""
        if known.found is not None and search is not None:
            matching = known.words.found_among([pet.bytes for pet in listed], search)
            if matching is not None:
                for pet in matching:
                    known.index.add_found(known.found, pet)
                return True
        found = await self._database.read(store, lambda session: shelf_queries.available_among(session, listed, search))
        # Another request may already have applied the changes that were logged in the meantime.
        if (meanwhile := known.followed.since(end)) is None:
            return False
        gone = frozenset(pet_ids(meanwhile, listed=False))
        for pet in found:
            if pet.id.bytes in gone:
                continue
            if known.found is None:
                known.index.add(pet.id.bytes, pet.species)
                known.words.add(pet.id.bytes, pet.words)
            else:
                known.index.add_found(known.found, pet.id.bytes)
        return True
