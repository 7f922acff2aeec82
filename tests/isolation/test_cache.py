"""One store's cached data in Valkey is never used for another."""

import redis

from menagerie.cache.namespace import Namespace
from menagerie.pets.answer_cache import SUBJECT
from shop import Shop, open_shop

SHELF = "{ pets { nodes { name } totalCount } }"


def _valkey(shop: Shop) -> redis.Redis:
    return redis.Redis.from_url(shop.runtime.settings.redis_url.get_secret_value())


async def test_every_answer_is_cached_under_its_stores_id(shop: Shop, other: Shop) -> None:
    await shop.list_pet("Ours")
    await other.list_pet("Theirs")
    for each in (shop, other):
        await each.storefront(SHELF)
    with _valkey(shop) as valkey:
        keys = [key.decode() for key in valkey.scan_iter(match="*", count=1000)]
        assert all(key.startswith("m:{") for key in keys)
        for each, content in ((shop, b"Ours"), (other, b"Theirs")):
            mine = [key for key in keys if f"{{{each.store.id}}}:answer:" in key]
            assert len(mine) == 1
            value = valkey.get(mine[0])
            assert isinstance(value, bytes)
            assert value.startswith(each.store.id.bytes)
            assert content in value


async def test_another_stores_value_is_ignored(platform, shop: Shop, other: Shop) -> None:
    answer_cache = platform.answer_cache
    version = await platform.versions.current(other.store.namespace, SUBJECT)
    digest, body = "0" * 64, b'{"data": {"pets": "of alpha"}}'
    key = other.store.namespace.key("answer", version.hex(), digest)
    with _valkey(shop) as valkey:
        valkey.set(key, shop.store.id.bytes + body, ex=60)
        assert await answer_cache.get(other.store, version, digest) is None
        valkey.set(key, body, ex=60)
        assert await answer_cache.get(other.store, version, digest) is None
        # The same bytes under the right id are an answer, so it was the id that mattered.
        valkey.set(key, other.store.id.bytes + body, ex=60)
        assert await answer_cache.get(other.store, version, digest) == body


async def test_a_planted_answer_does_not_reach_the_shelf(platform, client, shop: Shop, other: Shop) -> None:
    await shop.list_pet("Ours")
    await other.list_pet("Theirs")
    await shop.storefront(SHELF)
    with _valkey(shop) as valkey:
        [ours] = valkey.keys(f"m:{{{shop.store.id}}}:answer:*")
        version = await platform.versions.current(other.store.namespace, SUBJECT)
        assert isinstance(ours, bytes)
        digest = ours.decode().rsplit(":", 1)[1]
        answer = valkey.get(ours)
        assert answer is not None
        valkey.set(other.store.namespace.key("answer", version.hex(), digest), answer, ex=60)
    assert await other.shelf_names() == ["Theirs"]
    assert (await other.storefront(SHELF))["pets"]["nodes"] == [{"name": "Theirs"}]


async def test_a_change_in_one_store_keeps_the_others_answers(shop: Shop, other: Shop) -> None:
    before = await other.runtime.versions.current(other.store.namespace, SUBJECT)
    await shop.list_pet()
    assert await other.runtime.versions.current(other.store.namespace, SUBJECT) == before
    ours = await shop.runtime.versions.current(shop.store.namespace, SUBJECT)
    await shop.list_pet()
    assert await shop.runtime.versions.current(shop.store.namespace, SUBJECT) != ours


async def test_keys_of_two_stores_never_collide(platform, client, shop: Shop) -> None:
    other = await open_shop(platform, client, "gamma")
    parts = [("version", "catalog"), ("answer", "00", "ff"), ("version", "store")]
    keys = [Namespace(each.store.id).key(*part) for each in (shop, other) for part in parts]
    assert len(set(keys)) == len(keys)
