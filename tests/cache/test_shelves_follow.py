"""The shelf in each worker's memory is what PostgreSQL says, after whatever happened at whichever worker."""

import asyncio
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cache.conftest import Pair
from menagerie.database.session import Database
from menagerie.pets import catalog, service, shelves
from menagerie.pets.models import Species
from menagerie.pets.shelves import Shelves
from menagerie.runtime import Runtime
from menagerie.stores.models import StoreChanged
from shop import Shop, open_shop
from workers import counted_statements, stock

SPECIES = [species.value for species in Species]
SEARCHES = (None, "luna")
NAMES = ("Luna", "Lunatic Bo", "Kermit", "Bo", "Bo Luna")
ROWS = 50

_LISTS = [
    (sort, species, search) for sort in ("NEWEST", "OLDEST") for species in (None, *SPECIES) for search in SEARCHES
]


def _list(number: int, sort: str, species: str | None, search: str | None) -> str:
    chosen = (f", species: {species}" if species else "") + (f', search: "{search}"' if search else "")
    return f"l{number}: pets(first: {ROWS}, sort: {sort}{chosen}) {{ totalCount nodes {{ id }} }}"


def _counts(number: int, search: str | None) -> str:
    chosen = f'(search: "{search}")' if search else ""
    return f"c{number}: speciesCounts{chosen} {{ species count }}"


_FIELDS = " ".join(
    [
        *(_list(number, *each) for number, each in enumerate(_LISTS)),
        *(_counts(number, search) for number, search in enumerate(SEARCHES)),
    ]
)
KEPT = f"{{ {_FIELDS} }}"
"""An answer that is kept whole."""
MADE = f"{{ {_FIELDS} me {{ id }} }}"
"""The same, made from the indexes each time."""
PAGE = """query($sort: PetSort!, $search: String, $after: String) {
    pets(first: 4, sort: $sort, search: $search, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage }
    } }"""


@dataclass(frozen=True)
class Row:
    id: Any
    species: str
    name: str

    def found_by(self, search: str | None) -> bool:
        return search is None or any(word.startswith(search) for word in self.name.lower().split())


def process(shop: Shop) -> Runtime:
    """What the worker of this shop holds open."""
    return shop.client._transport.app._runtime


def at_home(shop: Shop) -> Shop:
    """The same store, its stock listed by the worker itself and not by a process beside it."""
    return replace(shop, runtime=process(shop))


@pytest.fixture
def both(pair: Pair) -> tuple[Shop, Shop]:
    return at_home(pair.first), at_home(pair.second)


async def available(shop: Shop) -> list[Row]:
    """The shelf, by a question that shares nothing with what is tested."""
    statement = "SELECT id, species, name FROM pet WHERE sold_at IS NULL AND removed_at IS NULL ORDER BY id"
    return await shop.runtime.database.read(shop.store, lambda session: session.finish(Row, statement))


def expected(rows: Sequence[Row], sort: str, species: str | None, search: str | None) -> list[str]:
    chosen = [str(row.id) for row in rows if species in {None, row.species} and row.found_by(search)]
    return chosen[::-1] if sort == "NEWEST" else chosen


async def shows_what_there_is(shop: Shop, *, rows: Sequence[Row] | None = None) -> None:
    rows = await available(shop) if rows is None else rows
    for query in (MADE, KEPT):
        shows(await shop.storefront(query), rows)


def shows(answer: dict[str, Any], rows: Sequence[Row]) -> None:
    for number, each in enumerate(_LISTS):
        ids = expected(rows, *each)
        assert [node["id"] for node in answer[f"l{number}"]["nodes"]] == ids[:ROWS], each
        assert answer[f"l{number}"]["totalCount"] == len(ids), each
    for number, search in enumerate(SEARCHES):
        counts = {species: len(expected(rows, "OLDEST", species, search)) for species in SPECIES}
        assert {each["species"]: each["count"] for each in answer[f"c{number}"]} == counts, search


async def pages_make_up_what_there_is(shop: Shop, sort: str, search: str | None) -> None:
    ids: list[str] = []
    after, more = None, True
    while more:
        page = (await shop.storefront(PAGE, sort=sort, search=search, after=after))["pets"]
        ids += [edge["node"]["id"] for edge in page["edges"]]
        more, after = page["pageInfo"]["hasNextPage"], page["edges"][-1]["cursor"] if page["edges"] else None
    assert ids == expected(await available(shop), sort, None, search)


async def knows(shop: Shop) -> bool:
    """Whether the worker answers from memory; otherwise a test would only compare PostgreSQL with itself."""
    return shop.store.id in {store_id for store_id, _ in process(shop).shelves._indexes}


class Story:
    """Steps at random workers of random stores, the same for the same seed."""

    def __init__(self, pair: Pair, stores: Sequence[tuple[Shop, Shop]], seed: int) -> None:
        self._pair = pair
        self._stores = stores
        self._random = random.Random(seed)
        self.told: list[str] = []

    async def step(self) -> None:
        shop = self._random.choice(self._random.choice(self._stores))
        steps = [self._list] * 4 + [self._buy] * 4 + [self._remove] * 2 + [self._flush, self._restart, self._forget]
        step = self._random.choice(steps)
        self.told.append(step.__name__)
        await step(shop)

    async def _one(self, shop: Shop) -> str | None:
        rows = await available(shop)
        return str(self._random.choice(rows).id) if rows else None

    async def _list(self, shop: Shop) -> None:
        names = self._random.choices(NAMES, k=self._random.choice((1, 1, 3)))
        await stock(shop, names, self._random.choice(list(Species)))

    async def _buy(self, shop: Shop) -> None:
        if (pet := await self._one(shop)) is not None:
            assert (await shop.buy(pet))["__typename"] == "Purchase"

    async def _remove(self, shop: Shop) -> None:
        if (pet := await self._one(shop)) is not None:
            assert (await shop.remove_pet(pet))["__typename"] == "Pet"

    async def _flush(self, shop: Shop) -> None:
        async with self._pair.redis() as redis:
            await redis.flushall()

    async def _restart(self, shop: Shop) -> None:
        await asyncio.to_thread(self._pair.valkey.stop)
        await asyncio.to_thread(self._pair.valkey.start)

    async def _forget(self, shop: Shop) -> None:
        """Valkey displaces the version alone."""
        async with self._pair.redis() as redis:
            await redis.delete(shop.store.namespace.key("version", catalog.SUBJECT))


@pytest.fixture
async def two_stores(pair: Pair) -> list[tuple[Shop, Shop]]:
    neighbour = await open_shop(pair.first.runtime, pair.first.client, "neighbour")
    return [
        (at_home(pair.first), at_home(pair.second)),
        (at_home(neighbour), at_home(replace(neighbour, client=pair.second.client))),
    ]


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_every_step_both_workers_show_what_postgresql_says(
    pair: Pair, two_stores: list[tuple[Shop, Shop]], seed: int
) -> None:
    story = Story(pair, two_stores, seed)
    from_memory = 0
    for number in range(60):
        await story.step()
        seen = []
        for workers in two_stores:
            rows = await available(workers[0])
            seen.append({str(row.id) for row in rows})
            for shop in workers:
                try:
                    await shows_what_there_is(shop, rows=rows)
                    await pages_make_up_what_there_is(shop, ("NEWEST", "OLDEST")[number % 2], SEARCHES[number // 2 % 2])
                except AssertionError as error:
                    error.add_note(f"seed {seed}, after {story.told}")
                    raise
                from_memory += await knows(shop)
        assert not seen[0] & seen[1]
    assert from_memory > 100
    assert {"_list", "_buy", "_remove", "_flush", "_restart", "_forget"} == set(story.told)


async def test_it_is_taken_from_memory_and_not_from_postgresql(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, [*NAMES, *NAMES])
    for shop in both:
        await shows_what_there_is(shop)
    for number, pet in enumerate(pets[:4]):
        await both[number % 2].buy(pet)
        rows = await available(first)
        with counted_statements() as statements:
            for shop in (second, first):
                await shows_what_there_is(shop, rows=rows)
        assert statements.of("FROM pet") == 0


async def test_much_at_once_at_both_workers_is_all_taken_in(both: tuple[Shop, Shop]) -> None:
    pets = await stock(both[0], list(NAMES) * 6)
    for shop in both:
        await shows_what_there_is(shop)
    stop = asyncio.Event()

    async def look_on(shop: Shop) -> None:
        while not stop.is_set():
            await shop.storefront(MADE)

    async def sell(number: int, pet: str) -> None:
        shop = both[number % 2]
        bought = await (shop.remove_pet(pet) if number % 5 == 0 else shop.buy(pet))
        assert bought["__typename"] in {"Purchase", "Pet"}

    lookers = [asyncio.create_task(look_on(shop)) for shop in both for _ in range(2)]
    try:
        await asyncio.gather(
            *(sell(number, pet) for number, pet in enumerate(pets[:20])),
            *(stock(shop, [name], Species.FROG) for shop in both for name in NAMES),
        )
        for shop in both:
            await shows_what_there_is(shop)
    finally:
        stop.set()
        await asyncio.gather(*lookers)


async def test_a_change_by_a_worker_that_lets_valkey_rest_shows_at_one_that_has_found_it_again(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Valkey was away for a moment, each worker finds it again in its own time."""
    first, second = both
    pets = await stock(first, list(NAMES))
    await shows_what_there_is(second)
    for number, pet in enumerate(pets[:3]):
        with monkeypatch.context() as patch:
            patch.setattr(process(first).cache, "_rest_until", math.inf)
            assert process(first).cache.away
            await (first.buy(pet) if number else first.remove_pet(pet))
        await shows_what_there_is(second)


async def silently(shop: Shop, work: Callable[..., Any]) -> Any:
    """Commit and say nothing, as a process that died in between."""
    return await Database(process(shop).database.nodes).write(shop.store, work)


async def change_silently(shop: Shop, gone: str) -> None:
    """One pet goes and one comes, and no version says so."""
    listing = replace(shop, runtime=replace(process(shop), database=Database(process(shop).database.nodes)))
    await stock(listing, ["Luna the Late"], Species.DOG)
    await silently(shop, lambda session: service.remove(session, service.UUID(gone), actor="test"))


def make_old(known: Shelves, *, expired: bool) -> None:
    """As if the whole shelves had been read long ago; not those of searches."""
    for (_, search), each in known._indexes.items():
        if search is None:
            each.refreshes = 0.0
            each.expires = 0.0 if expired else each.expires


async def test_what_was_never_said_shows_when_the_shelf_is_refreshed_in_searches_too(both: tuple[Shop, Shop]) -> None:
    pets = await stock(both[0], list(NAMES))
    for shop in both:
        shows(await shop.storefront(MADE), await available(shop))
    before = await available(both[0])
    await change_silently(both[0], pets[0])
    after = await available(both[0])
    assert len({row.id for row in before} ^ {row.id for row in after}) == 2
    for shop in both:  # nobody can know yet
        shows(await shop.storefront(MADE), before)
    for shop in both:
        known = process(shop).shelves
        searched = known._indexes[shop.store.id, "luna"].index
        make_old(known, expired=False)
        # Answered as it is, while it is read anew.
        shows(await shop.storefront(MADE), before)
        await asyncio.gather(*known._refreshing)
        shows(await shop.storefront(MADE), after)
        assert known._indexes[shop.store.id, "luna"].index is searched


async def test_a_shelf_that_has_expired_is_not_shown_any_more(both: tuple[Shop, Shop]) -> None:
    pets = await stock(both[0], list(NAMES))
    for shop in both:
        shows(await shop.storefront(MADE), await available(shop))
    await change_silently(both[1], pets[4])
    after = await available(both[0])
    for shop in both:
        make_old(process(shop).shelves, expired=True)
        shows(await shop.storefront(MADE), after)


async def test_the_lifetimes_bound_what_is_shown_for_a_change_that_was_never_said(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "LIFETIME_SECONDS", 0)
    for pet in await stock(both[0], list(NAMES)):
        await change_silently(both[0], pet)
        after = await available(both[0])
        for shop in both:
            shows(await shop.storefront(MADE), after)
            assert await knows(shop)


async def test_a_pet_that_was_sold_in_silence_is_not_shown_by_who_looks_it_up(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, list(NAMES))
    await second.storefront("{ speciesCounts { count } }")  # the index is there, the pets are not
    await silently(first, lambda session: service.remove(session, service.UUID(pets[2]), actor="test"))
    answer = (await second.storefront("{ pets(first: 4) { nodes { id } pageInfo { hasNextPage } } }"))["pets"]
    assert [node["id"] for node in answer["nodes"]] == [pets[4], pets[3], pets[1], pets[0]]
    assert not answer["pageInfo"]["hasNextPage"]


async def test_a_store_that_was_exchanged_is_read_anew(both: tuple[Shop, Shop], pair: Pair) -> None:
    """As restoring a backup does: pets that had gone are back, others were never there, and only the store is named."""
    pets = await stock(both[0], list(NAMES) * 2)
    for number, pet in enumerate(pets[:2]):
        await both[number].remove_pet(pet)
    for shop in both:
        await shows_what_there_is(shop)

    async def restore(session: Any) -> None:
        await session.execute("UPDATE pet SET removed_at = NULL")
        await session.execute("UPDATE pet SET removed_at = now() WHERE id = ANY(%s)", ([service.UUID(pets[9])],))

    async def tell(session: Any) -> None:
        session.announce(StoreChanged(pair.first.store.id))

    await silently(both[0], restore)
    await pair.first.runtime.database.write_platform(tell)
    assert len(await available(both[0])) == 9
    for shop in both:
        await shows_what_there_is(shop)
        await pages_make_up_what_there_is(shop, "NEWEST", "luna")


async def test_without_room_for_an_index_the_answers_are_the_same(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    for shop in both:
        monkeypatch.setattr(process(shop).shelves, "_max_index_bytes", 0)
    pets = await stock(both[0], list(NAMES))
    for pet in pets[:3]:
        for shop in both:
            await shows_what_there_is(shop)
            assert not await knows(shop)
        await both[1].buy(pet)
