"""Without Valkey, answers are slower but never wrong, and nothing is down."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from cache.conftest import Pair
from menagerie.accounts import throttle
from shop import Shop, basic
from workers import at, counted_statements, elsewhere, stock

LIST = "{ pets { nodes { name } } }"


async def _until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)


@pytest.fixture
async def without(pair: Pair) -> AsyncIterator[Pair]:
    await stock(pair.first, ["Luna", "Kermit"])
    for shop in (pair.first, pair.second):
        assert len(await shop.shelf_names()) == 2
    await asyncio.to_thread(pair.valkey.stop)
    yield pair
    await asyncio.to_thread(pair.valkey.start)
    await _until(lambda: _uses_cache(pair.first))
    await _until(lambda: _uses_cache(pair.second))


async def _uses_cache(shop: Shop) -> bool:
    """Whether the worker uses its cache again."""
    await shop.storefront(LIST)
    with counted_statements() as statements:
        await shop.storefront(LIST)
    return not statements.texts


async def test_everything_works_in_both_workers(without: Pair) -> None:
    first, second = without.first, without.second
    session = (await first.storefront("mutation { signIn { token } }"))["signIn"]
    user = f"{first.slug}/ada@example.com"
    assert (await second.post("storefront", "{ me { name } }", user, password=session["token"])).status_code == 200
    created = await first.list_pet("Rex")
    assert set(await second.shelf_names()) == {"Luna", "Kermit", "Rex"}
    assert (await second.add_to_cart(created["id"]))["availableCount"] == 1
    assert (await first.checkout())["__typename"] == "Purchase"
    assert set(await second.shelf_names()) == {"Luna", "Kermit"}
    await first.post("storefront", "mutation { signOut }", user, password=session["token"])
    assert (await second.post("storefront", "{ me { name } }", user, password=session["token"])).status_code == 401


async def test_changes_show_at_once(without: Pair) -> None:
    for number in range(6):
        pet_id = (await without.first.list_pet(f"Pet {number}"))["id"]
        assert f"Pet {number}" in await without.second.shelf_names()
        await without.first.buy(pet_id)
        assert f"Pet {number}" not in await without.second.shelf_names()


async def test_its_absence_costs_little_time(without: Pair) -> None:
    started = time.perf_counter()
    for _ in range(50):
        await without.second.storefront(LIST)
    assert time.perf_counter() - started < 5, "each request waits for the unreachable server"


async def test_readiness_reports_it_but_stays_ready(without: Pair) -> None:
    response = await without.first.client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "database": "ok", "cache": "away"}


async def test_each_process_slows_down_guessing_by_itself(without: Pair) -> None:
    shop = at(without.first, elsewhere(without.first.client))
    statuses = [
        (
            await shop.post("storefront", "{ me { id } }", f"{shop.slug}/nobody@example.com", password="wrong")
        ).status_code
        for _ in range(throttle.ACCOUNT_FAILURES + 2)
    ]
    assert statuses == [401] * throttle.ACCOUNT_FAILURES + [429] * 2


async def test_suspending_closes_the_store_in_every_worker(without: Pair) -> None:
    await without.first.runtime.stores.suspend(without.first.store)
    for shop in (without.first, without.second):
        response = await shop.post("storefront", LIST, f"{shop.slug}/ada@example.com")
        assert response.status_code == 403
    await without.first.runtime.stores.resume(without.first.store)


async def test_it_recovers_by_itself_and_shows_nothing_stale(pair: Pair) -> None:
    pet_ids = await stock(pair.first, [f"Pet {number}" for number in range(8)])
    left = 8
    for _ in range(2):
        for shop in (pair.first, pair.second):
            assert len(await shop.shelf_names()) == left
        await asyncio.to_thread(pair.valkey.stop)
        await pair.first.buy(pet_ids[left - 1])
        left -= 1
        await asyncio.to_thread(pair.valkey.start)
        # From the first moment on, while the workers reconnect one after the other.
        end = time.monotonic() + 2
        while time.monotonic() < end:
            for shop in (pair.second, pair.first):
                assert len(await shop.shelf_names()) == left
        await pair.second.buy(pet_ids[left - 1])
        left -= 1
        assert len(await pair.first.shelf_names()) == left
        for shop in (pair.first, pair.second):
            await _until(lambda shop=shop: _uses_cache(shop))


async def test_a_merchant_works_without_it(without: Pair) -> None:
    shop = without.first
    response = await shop.client.post(
        "/graphql/platform",
        json={"query": "{ me { login } stores { slug } }"},
        headers={"Authorization": basic(shop.merchant)},
    )
    assert response.json() == {"data": {"me": {"login": shop.merchant}, "stores": [{"slug": shop.slug}]}}
