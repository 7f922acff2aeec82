"""A change by one worker shows in another's very next answer."""

import asyncio

import pytest

from cache.conftest import Pair
from menagerie.stores.models import StoreChanges
from shop import Shop
from workers import stock


async def test_a_listed_pet_appears_at_once(pair: Pair) -> None:
    for number in range(5):
        assert len(await pair.second.shelf_names()) == number
        await pair.first.list_pet(f"Pet {number}")
    assert len(await pair.second.shelf_names()) == 5


async def test_a_bought_pet_disappears_at_once(pair: Pair) -> None:
    pet_ids = await stock(pair.first, [f"Pet {number}" for number in range(20)])
    for left in range(20, 0, -1):
        assert len(await pair.second.shelf_names()) == left
        await pair.first.buy(pet_ids[left - 1])
        assert len(await pair.second.shelf_names()) == left - 1


async def test_pets_of_a_checked_out_cart_disappear_at_once(pair: Pair) -> None:
    for pet_id in await stock(pair.first, ["Luna", "Kermit"]):
        await pair.first.add_to_cart(pet_id)
    assert len(await pair.second.shelf_names()) == 2
    await pair.first.checkout()
    assert await pair.second.shelf_names() == []


async def test_a_removed_pet_disappears_at_once(pair: Pair) -> None:
    (pet_id,) = await stock(pair.first, ["Luna"])
    assert await pair.second.shelf_names() == ["Luna"]
    await pair.first.remove_pet(pet_id)
    assert await pair.second.shelf_names() == []
    query = "query($id: ID!) { pet(id: $id) { availability } }"
    assert (await pair.second.storefront(query, id=pet_id))["pet"] == {"availability": "REMOVED"}


async def test_a_suspended_store_is_closed_and_a_resumed_one_open(pair: Pair) -> None:
    stores, user = pair.first.runtime.stores, f"{pair.first.slug}/ada@example.com"
    for _ in range(3):
        assert await pair.second.shelf_names() == []
        await stores.suspend(pair.first.store)
        for shop in (pair.first, pair.second):
            assert (await shop.post("storefront", "{ pets { totalCount } }", user)).status_code == 403
        await stores.resume(pair.first.store)


async def test_a_failed_purchase_leaves_the_shelf_unchanged(pair: Pair) -> None:
    (pet_id,) = await stock(pair.first, ["Luna"])
    await pair.first.buy(pet_id, "grace@example.com")
    assert await pair.second.shelf_names() == []
    assert (await pair.first.buy(pet_id))["__typename"] == "PetsUnavailable"
    assert await pair.second.shelf_names() == []


@pytest.mark.parametrize("command", ["flushall", "flushdb"])
async def test_a_flush_never_makes_stale_data_look_current(pair: Pair, command: str) -> None:
    pet_ids = await stock(pair.first, [f"Pet {number}" for number in range(8)])
    seen = set()
    for left in range(8, 0, -1):
        for shop in (pair.first, pair.second):
            assert len(await shop.shelf_names()) == left
        async with pair.redis() as redis:
            version = await redis.get(f"m:{{{pair.first.store.id}}}:version:catalog")
            assert version not in seen
            seen.add(version)
            await pair.first.buy(pet_ids[left - 1])
            await getattr(redis, command)()
        for shop in (pair.first, pair.second):
            assert len(await shop.shelf_names()) == left - 1


async def test_a_stores_old_data_is_never_cached_as_current(pair: Pair) -> None:
    """The store comes with the credentials and the list from the cache, and both must be equally current."""
    query = "{ store { name } pets { totalCount } }"
    stop = asyncio.Event()

    async def read_on(shop: Shop) -> None:
        while not stop.is_set():
            await shop.storefront(query)

    readers = [asyncio.create_task(read_on(shop)) for shop in (pair.first, pair.second) for _ in range(4)]
    try:
        for number in range(15):
            name = f"Name {number}"
            await pair.first.runtime.stores.change(pair.first.store, StoreChanges(name=name), actor="test")
            for shop in (pair.first, pair.second, pair.first, pair.second):
                assert (await shop.storefront(query))["store"] == {"name": name}
    finally:
        stop.set()
        await asyncio.gather(*readers)
