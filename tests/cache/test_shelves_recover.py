"""Changes that no version lists show in time: after a process died before publishing, or a store was replaced."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cache.conftest import Pair
from cache.shelf_queries import (
    MADE,
    NAMES,
    assert_pages_are_complete,
    assert_shelf_is_current,
    assert_shows,
    available,
    is_in_memory,
)
from menagerie.database.session import Database
from menagerie.pets import cached_shelf, service, shelves
from menagerie.pets.models import Species
from menagerie.pets.shelves import Shelves
from menagerie.stores.models import StoreChanged
from shop import Shop
from workers import process, stock


async def without_publishing(shop: Shop, work: Callable[..., Any]) -> Any:
    """Commit without publishing, like a process that died in between."""
    return await Database(process(shop).database.nodes).write(shop.store, work)


async def change_without_publishing(shop: Shop, gone: str) -> None:
    """Remove one pet and list another, and publish neither."""
    listing = replace(shop, runtime=replace(process(shop), database=Database(process(shop).database.nodes)))
    await stock(listing, ["Luna the Late"], Species.DOG)
    await without_publishing(shop, lambda session: service.remove(session, service.UUID(gone), actor="test"))


def make_stale(known: Shelves, *, expired: bool) -> None:
    """As if the shelves, but not the searches, had been read long ago."""
    for (_, search), each in known._known.items():
        if search is None:
            each.refreshes = 0.0
            each.expires = 0.0 if expired else each.expires


async def test_an_unpublished_change_shows_after_a_refresh_and_in_searches(both: tuple[Shop, Shop]) -> None:
    pets = await stock(both[0], list(NAMES))
    for shop in both:
        assert_shows(await shop.storefront(MADE), await available(shop))
    before = await available(both[0])
    await change_without_publishing(both[0], pets[0])
    after = await available(both[0])
    assert len({row.id for row in before} ^ {row.id for row in after}) == 2
    for shop in both:  # no worker can know yet
        assert_shows(await shop.storefront(MADE), before)
    for shop in both:
        known = process(shop).shelves
        searched = known._known[shop.store.id, "luna:*"]
        make_stale(known, expired=False)
        # The old shelf is served while the new one is read.
        assert_shows(await shop.storefront(MADE), before)
        await asyncio.gather(*known._flights._under_way.values())
        assert_shows(await shop.storefront(MADE), after)
        assert known._known[shop.store.id, "luna:*"] is searched


async def test_many_unpublished_pets_show_without_being_added_one_by_one(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "_MAX_ADDED", 2)
    added: list[int] = []
    add = Shelves._add

    async def counting(self: Shelves, *what: Any) -> bool:
        added.append(len(what[-1]))
        return await add(self, *what)

    monkeypatch.setattr(Shelves, "_add", counting)
    shop = both[0]
    await stock(shop, list(NAMES))
    assert_shows(await shop.storefront(MADE), await available(shop))
    added.clear()
    listing = replace(shop, runtime=replace(process(shop), database=Database(process(shop).database.nodes)))
    await stock(listing, ["Luna the Late", "Luna the Later", "Luna the Latest"], Species.DOG)
    after = await available(shop)
    make_stale(process(shop).shelves, expired=True)
    for _ in range(3):  # the mended shelf, the new one, and its searches
        assert_shows(await shop.storefront(MADE), after)
    assert await is_in_memory(shop)
    assert not added


async def test_an_expired_shelf_is_not_shown(both: tuple[Shop, Shop]) -> None:
    pets = await stock(both[0], list(NAMES))
    for shop in both:
        assert_shows(await shop.storefront(MADE), await available(shop))
    await change_without_publishing(both[1], pets[4])
    after = await available(both[0])
    for shop in both:
        make_stale(process(shop).shelves, expired=True)
        assert_shows(await shop.storefront(MADE), after)


async def test_lifetimes_bound_how_long_an_unpublished_change_is_hidden(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_shelf, "LIFETIME_SECONDS", 0)
    for pet in await stock(both[0], list(NAMES)):
        await change_without_publishing(both[0], pet)
        after = await available(both[0])
        for shop in both:
            assert_shows(await shop.storefront(MADE), after)
            assert await is_in_memory(shop)


async def test_an_unpublished_removal_does_not_show_on_a_looked_up_page(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, list(NAMES))
    await second.storefront("{ speciesCounts { count } }")  # loads the index but not the pets
    await without_publishing(first, lambda session: service.remove(session, service.UUID(pets[2]), actor="test"))
    answer = (await second.storefront("{ pets(first: 4) { nodes { id } pageInfo { hasNextPage } } }"))["pets"]
    assert [node["id"] for node in answer["nodes"]] == [pets[4], pets[3], pets[1], pets[0]]
    assert not answer["pageInfo"]["hasNextPage"]


async def test_a_replaced_store_is_read_again(both: tuple[Shop, Shop], pair: Pair) -> None:
    """As after restoring a backup: pets come back, others disappear, and the event names only the store."""
    pets = await stock(both[0], list(NAMES) * 2)
    for number, pet in enumerate(pets[:2]):
        await both[number].remove_pet(pet)
    for shop in both:
        await assert_shelf_is_current(shop)

    async def restore(session: Any) -> None:
        await session.execute("UPDATE pet SET removed_at = NULL")
        await session.execute("UPDATE pet SET removed_at = now() WHERE id = ANY(%s)", ([service.UUID(pets[9])],))

    async def tell(session: Any) -> None:
        session.publish(StoreChanged(pair.first.store.id))

    await without_publishing(both[0], restore)
    await pair.first.runtime.database.write_platform(tell)
    assert len(await available(both[0])) == 9
    for shop in both:
        await assert_shelf_is_current(shop)
        await assert_pages_are_complete(shop, "NEWEST", "luna")


async def test_missed_changes_cause_a_comparison_but_no_new_search(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when so much was sold without any request that the version no longer lists all of it."""
    first, second = both
    pets = await stock(first, list(NAMES) * 2)
    for shop in both:
        await assert_shelf_is_current(shop)
    known = process(second).shelves._known
    whole, searched = known[second.store.id, None], known[second.store.id, "luna:*"]
    monkeypatch.setattr("menagerie.cache.log._MAX_BYTES", 100)
    for pet in pets[:4]:
        await first.remove_pet(pet)
    await stock(first, ["Luna the Late"])
    for _ in range(2):
        await first.remove_pet((await stock(first, ["Bo the Brief"]))[0])
    assert len(await available(first)) == 7
    for shop in both:
        await assert_shelf_is_current(shop)
        await assert_pages_are_complete(shop, "NAME", "luna")
    assert whole.gaps > 0
    assert known[second.store.id, None] is whole
    assert known[second.store.id, "luna:*"] is searched
