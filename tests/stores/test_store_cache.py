"""Finding a known store costs nothing, and is never stale."""

import math
import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from account_factories import add_merchant
from menagerie.cache.connection import Cache
from menagerie.cache.version import Versions
from menagerie.stores import store_cache
from menagerie.stores.models import NewStore, StoreChanges
from menagerie.stores.provision import create_store, delete_store
from menagerie.stores.store_cache import StoreCache
from shop import Shop, basic
from workers import counted_statements, process


@pytest.fixture
def stores(shop: Shop) -> StoreCache:
    """The store cache of another process than the one that changes stores."""
    server = process(shop)
    assert server is not shop.runtime
    return StoreCache(server.stores, server.versions)


async def _change(shop: Shop, **changes: Any) -> None:
    await shop.runtime.stores.change(shop.store, StoreChanges(**changes), actor="test")


async def test_an_unchanged_store_costs_no_statement_and_is_the_same_object(shop: Shop, stores: StoreCache) -> None:
    found = await stores.find(shop.slug)
    assert found == shop.store
    with counted_statements() as statements:
        for _ in range(10):
            assert await stores.find(shop.slug) is found
    assert statements.texts == []


async def test_a_renamed_store_has_its_new_name_at_once(shop: Shop, stores: StoreCache) -> None:
    for number in range(5):
        await _change(shop, name=f"Name {number}")
        for _ in range(2):
            found = await stores.find(shop.slug)
            assert found is not None
            assert found.name == f"Name {number}"
    with counted_statements() as statements:
        assert await stores.find(shop.slug) is found
    assert statements.texts == []


async def test_suspending_and_resuming_show_at_once(shop: Shop, stores: StoreCache) -> None:
    for _ in range(3):
        for change, suspended in ((shop.runtime.stores.suspend, True), (shop.runtime.stores.resume, False)):
            await change(shop.store)
            for _ in range(2):
                found = await stores.find(shop.slug)
                assert found is not None
                assert found.suspended is suspended


async def test_a_deleted_store_is_unknown_at_once_and_not_confused_with_a_new_one(
    shop: Shop, stores: StoreCache
) -> None:
    assert await stores.find(shop.slug) == shop.store
    await delete_store(shop.runtime.stores, shop.store)
    for _ in range(2):
        assert await stores.find(shop.slug) is None
    owner = await _merchant(shop)
    made = await create_store(shop.runtime.stores, NewStore(shop.slug, "Another"), merchant_id=owner)
    for _ in range(2):
        assert await stores.find(shop.slug) == made
    assert made.id != shop.store.id


async def _merchant(shop: Shop) -> Any:
    return (await add_merchant(shop.runtime.database, f"m-{uuid4().hex[:8]}", "correct horse battery")).id


async def test_an_unknown_store_is_looked_up_each_time(shop: Shop, stores: StoreCache) -> None:
    for slug in ("no-such-store", "x", "../etc", "a\0b"):
        assert await stores.find(slug) is None
    slug = f"new-{uuid4().hex[:8]}"
    assert await stores.find(slug) is None
    made = await create_store(shop.runtime.stores, NewStore(slug, "New"), merchant_id=await _merchant(shop))
    assert await stores.find(slug) == made


async def test_two_stores_are_cached_separately(shop: Shop, other: Shop, stores: StoreCache) -> None:
    theirs = await stores.find(other.slug)
    await stores.find(shop.slug)
    await _change(shop, name="Changed")
    with counted_statements() as statements:
        assert await stores.find(other.slug) is theirs
    assert statements.texts == []
    found = await stores.find(shop.slug)
    assert found is not None
    assert found.name == "Changed"


async def test_without_valkey_a_store_is_looked_up_each_time(shop: Shop, tmp_path: Path) -> None:
    cache = Cache(f"unix://{tmp_path / 'nothing'}")
    stores = StoreCache(shop.runtime.stores, Versions(cache))
    for number in range(4):
        await _change(shop, name=f"Name {number}")
        with counted_statements() as statements:
            found = await stores.find(shop.slug)
        assert found is not None
        assert found.name == f"Name {number}"
        assert statements.of("FROM platform.store") == 1
    await cache.close()


async def test_while_valkey_is_unreachable_the_cache_is_not_trusted(
    shop: Shop, stores: StoreCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.find(shop.slug)
    server = process(shop)
    with monkeypatch.context() as patch:
        patch.setattr(server.cache, "_backoff_until", math.inf)
        await shop.runtime.stores.suspend(shop.store)
        found = await stores.find(shop.slug)
        assert found is not None
        assert found.suspended
        await shop.runtime.stores.resume(shop.store)
        found = await stores.find(shop.slug)
        assert found is not None
        assert not found.suspended
    found = await stores.find(shop.slug)
    assert found is not None
    assert not found.suspended


async def test_a_process_that_avoids_valkey_still_notifies_the_others(
    shop: Shop, stores: StoreCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.find(shop.slug)
    with monkeypatch.context() as patch:
        patch.setattr(shop.runtime.cache, "_backoff_until", math.inf)
        await shop.runtime.stores.suspend(shop.store)
    found = await stores.find(shop.slug)
    assert found is not None
    assert found.suspended
    await shop.runtime.stores.resume(shop.store)


async def test_a_change_between_reading_a_store_and_its_version_is_not_missed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that was read before its version may be older, and isn't cached under that version."""
    find, looks = shop.runtime.stores.find, 0

    async def slow(slug: str) -> Any:
        nonlocal looks
        looks += 1
        found = await find(slug)
        if looks == 1:
            await _change(shop, name="Between")
        return found

    monkeypatch.setattr(shop.runtime.stores, "find", slow)
    stores = StoreCache(shop.runtime.stores, shop.runtime.versions)
    await stores.find(shop.slug)
    found = await stores.find(shop.slug)
    assert found is not None
    assert found.name == "Between"


async def test_nothing_is_cached_longer_than_its_lifetime(
    shop: Shop, stores: StoreCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_cache, "LIFETIME_SECONDS", 0)
    for _ in range(2):
        with counted_statements() as statements:
            await stores.find(shop.slug)
        assert statements.of("FROM platform.store") > 0


async def test_a_suspended_stores_pictures_are_refused_at_once_though_cached(shop: Shop) -> None:
    address = (await shop.list_pet())["picture"]["url"]
    path = address.partition("?")[0]
    mine = {"Authorization": basic(f"{shop.slug}/{shop.merchant}")}
    served = await shop.client.get(address)
    with counted_statements() as statements:
        assert (await shop.client.get(address)).content == served.content
    assert (served.status_code, statements.texts) == (200, [])
    for _ in range(2):
        await shop.runtime.stores.suspend(shop.store)
        for known_to_client in ({}, {"If-None-Match": served.headers["etag"]}):
            refused = await shop.client.get(address, headers=known_to_client)
            assert refused.status_code == 403
            assert refused.json()["errors"][0]["extensions"] == {"code": "STORE_CLOSED"}
            assert (await shop.client.get(path, headers=mine | known_to_client)).status_code == 403
        await shop.runtime.stores.resume(shop.store)
        assert (await shop.client.get(address)).content == served.content
        assert (await shop.client.get(path, headers=mine)).content == served.content


async def test_pictures_of_a_deleted_store_are_gone_at_once(shop: Shop) -> None:
    address = (await shop.list_pet())["picture"]["url"]
    assert (await shop.client.get(address)).status_code == 200
    await delete_store(shop.runtime.stores, shop.store)
    assert (await shop.client.get(address)).status_code == 403


async def _title(shop: Shop) -> str:
    response = await shop.client.get(f"/stores/{shop.slug}")
    assert response.status_code == 200
    found = re.search(r"<title>(.*?)</title>", response.text)
    assert found is not None
    return unescape(found[1])


async def test_a_stores_page_follows_a_rename_at_once_and_is_rendered_once_for_each(shop: Shop) -> None:
    for number in range(4):
        await _change(shop, name=f"Pond & Paw {number}")
        assert await _title(shop) == f"Pond & Paw {number}"
        with counted_statements() as statements:
            assert await _title(shop) == f"Pond & Paw {number}"
        assert statements.texts == []
    etag = (await shop.client.get(f"/stores/{shop.slug}")).headers["etag"]
    again = {"If-None-Match": etag}
    assert (await shop.client.get(f"/stores/{shop.slug}", headers=again)).status_code == 304
    await _change(shop, name="Otherwise")
    assert (await shop.client.get(f"/stores/{shop.slug}", headers=again)).status_code == 200


async def test_a_deleted_stores_page_does_not_name_it(shop: Shop) -> None:
    assert await _title(shop) == shop.store.name
    await delete_store(shop.runtime.stores, shop.store)
    assert shop.store.name not in (await shop.client.get(f"/stores/{shop.slug}")).text
