"""What no version tells is found out in time: where a process ended before it said so, or the store was exchanged."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cache.conftest import Pair
from cache.looks import (
    MADE,
    NAMES,
    at_both,
    available,
    knows,
    pages_make_up_what_there_is,
    process,
    shows,
    shows_what_there_is,
)
from menagerie.database.session import Database
from menagerie.pets import cached_shelf, service
from menagerie.pets.models import Species
from menagerie.pets.shelves import Shelves
from menagerie.stores.models import StoreChanged
from shop import Shop
from workers import stock


@pytest.fixture
async def both(pair: Pair) -> tuple[Shop, Shop]:
    return await at_both(pair)


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
    for (_, search), each in known._known.items():
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
        searched = known._known[shop.store.id, "luna:*"]
        make_old(known, expired=False)
        # Answered as it is, while it is read anew.
        shows(await shop.storefront(MADE), before)
        await asyncio.gather(*known._flights._under_way.values())
        shows(await shop.storefront(MADE), after)
        assert known._known[shop.store.id, "luna:*"] is searched


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
    monkeypatch.setattr(cached_shelf, "LIFETIME_SECONDS", 0)
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
        session.publish(StoreChanged(pair.first.store.id))

    await silently(both[0], restore)
    await pair.first.runtime.database.write_platform(tell)
    assert len(await available(both[0])) == 9
    for shop in both:
        await shows_what_there_is(shop)
        await pages_make_up_what_there_is(shop, "NEWEST", "luna")


async def test_who_missed_changes_compares_the_shelf_and_reads_no_search_again(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where so much was sold while nobody asked that the version does not tell of all of it any more."""
    first, second = both
    pets = await stock(first, list(NAMES) * 2)
    for shop in both:
        await shows_what_there_is(shop)
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
        await shows_what_there_is(shop)
        await pages_make_up_what_there_is(shop, "NAME", "luna")
    assert whole.gaps > 0
    assert known[second.store.id, None] is whole
    assert known[second.store.id, "luna:*"] is searched
