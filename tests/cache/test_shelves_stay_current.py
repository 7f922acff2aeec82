"""The shelf in each worker's memory matches PostgreSQL, whatever happened at whichever worker."""

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from uuid_utils.compat import uuid7

from cache.conftest import Pair
from cache.shelf_queries import (
    MADE,
    NAMES,
    SEARCHES,
    SORTS,
    assert_pages_are_complete,
    assert_shelf_is_current,
    available,
    in_worker,
    is_in_memory,
)
from menagerie.pets import answer_cache, cached_shelf, inverted_index, shelves
from menagerie.pets.models import ShelfChanged, ShelfChangeKind, Species
from shop import Shop, open_shop
from workers import counted_statements, process, stock


class Story:
    """Random steps at random workers and stores, reproducible by seed."""

    def __init__(self, pair: Pair, stores: Sequence[tuple[Shop, Shop]], seed: int) -> None:
        self._pair = pair
        self._stores = stores
        self._random = random.Random(seed)
        self.steps: list[str] = []

    async def step(self) -> None:
        shop = self._random.choice(self._random.choice(self._stores))
        steps = [self._list] * 4 + [self._buy] * 4 + [self._remove] * 2 + [self._flush, self._restart, self._forget]
        step = self._random.choice(steps)
        self.steps.append(step.__name__)
        await step(shop)

    async def _one(self, shop: Shop) -> str | None:
        rows = await available(shop)
        return str(self._random.choice(rows).id) if rows else None

    async def _list(self, shop: Shop) -> None:
        names = self._random.choices(NAMES, k=self._random.choice((1, 1, 3)))
        await stock(shop, names, self._random.choice(list(Species)), self._random.choices(range(4), k=len(names)))

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
        """As if Valkey evicted only the version."""
        async with self._pair.redis() as redis:
            await redis.delete(shop.store.namespace.key("version", answer_cache.SUBJECT))


@pytest.fixture
async def two_stores(pair: Pair) -> list[tuple[Shop, Shop]]:
    neighbour = await open_shop(pair.first.runtime, pair.first.client, "neighbour")
    return [
        (in_worker(pair.first), in_worker(pair.second)),
        (in_worker(neighbour), in_worker(replace(neighbour, client=pair.second.client))),
    ]


@pytest.mark.parametrize(("seed", "order_seconds"), [(1, 0), (2, 5)])
async def test_after_every_step_both_workers_match_postgresql(
    pair: Pair,
    two_stores: list[tuple[Shop, Shop]],
    seed: int,
    order_seconds: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelves, "_ORDER_SECONDS", order_seconds)
    await run_story(pair, two_stores, seed)


async def test_both_workers_agree_when_every_search_is_new_and_the_words_are_known(
    pair: Pair, two_stores: list[tuple[Shop, Shop]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inverted_index, "_PETS_PER_SEARCH", math.inf)
    monkeypatch.setattr(cached_shelf, "_SEARCH_LIFETIME_SECONDS", 0)
    await run_story(pair, two_stores, seed=3)


async def run_story(pair: Pair, two_stores: list[tuple[Shop, Shop]], seed: int) -> None:
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
                    await assert_shelf_is_current(shop, rows=rows)
                    await assert_pages_are_complete(shop, SORTS[number % 5], SEARCHES[number // 5 % 2])
                except AssertionError as error:
                    error.add_note(f"seed {seed}, after {story.steps}")
                    raise
                from_memory += await is_in_memory(shop)
        assert not seen[0] & seen[1]
    assert from_memory > 100
    assert {"_list", "_buy", "_remove", "_flush", "_restart", "_forget"} == set(story.steps)


async def test_answers_come_from_memory_and_not_from_postgresql(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, [*NAMES, *NAMES])
    for shop in both:
        await assert_shelf_is_current(shop)
    for number, pet in enumerate(pets[:4]):
        await both[number % 2].buy(pet)
        rows = await available(first)
        with counted_statements() as statements:
            for shop in (second, first):
                await assert_shelf_is_current(shop, rows=rows)
        assert statements.of("FROM pet") == 0


async def test_a_worker_that_serves_other_queries_meanwhile_keeps_up(both: tuple[Shop, Shop]) -> None:
    first, second = both
    await stock(first, list(NAMES))
    for shop in both:
        await assert_shelf_is_current(shop)
    rows = await available(first)
    for _ in range(3):  # together more than one version can list
        for _ in range(100):
            gone = ShelfChanged(ShelfChangeKind.REMOVED, (uuid7(),))
            await process(first).shelves.log.append(first.store.namespace, gone)
        await second.storefront("{ me { name } }")
    with counted_statements() as statements:
        await assert_shelf_is_current(second, rows=rows)
    assert statements.of("FROM pet") == 0


async def test_many_changes_at_once_at_both_workers_are_all_applied(both: tuple[Shop, Shop]) -> None:
    pets = await stock(both[0], list(NAMES) * 6)
    for shop in both:
        await assert_shelf_is_current(shop)
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
            await assert_shelf_is_current(shop)
    finally:
        stop.set()
        await asyncio.gather(*lookers)


async def test_a_change_by_a_worker_avoiding_valkey_shows_at_a_reconnected_one(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage of Valkey, each worker reconnects in its own time."""
    first, second = both
    pets = await stock(first, list(NAMES))
    await assert_shelf_is_current(second)
    for number, pet in enumerate(pets[:3]):
        with monkeypatch.context() as patch:
            patch.setattr(process(first).cache, "_backoff_until", math.inf)
            assert process(first).cache.unreachable
            await (first.buy(pet) if number else first.remove_pet(pet))
        await assert_shelf_is_current(second)


async def test_without_room_for_an_index_the_answers_are_the_same(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    for shop in both:
        monkeypatch.setattr(process(shop).shelves, "_max_index_bytes", 0)
    pets = await stock(both[0], list(NAMES))
    for pet in pets[:3]:
        for shop in both:
            await assert_shelf_is_current(shop)
            assert not await is_in_memory(shop)
        await both[1].buy(pet)
