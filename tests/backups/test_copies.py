"""A copy of a store, beside it: everything is in it, nothing is shared with it, and the original is untouched."""

import pytest

from menagerie.backups.restoration import StoreExistsError
from menagerie.cli.doctor.drift import differences
from menagerie.database.tables import stores
from menagerie.runtime import Runtime
from menagerie.secrets.envelope import KeyMismatchError
from menagerie.stores.provision import delete_store
from shop import PASSWORD, Shop

EVERYTHING = """{
    pets { nodes { id name picture { placeholder } } } cart { pets { id } } purchases { nodes { id pets { id } } }
    me { name email }
}"""
BREEDERS = "{ unsoldPets { nodes { id breederName breederEmail } } }"


async def _filled(shop: Shop) -> list[str]:
    pets = await shop.list_pets(3)
    await shop.buy(pets[0])
    await shop.add_to_cart(pets[1])
    await shop.list_pet('Back\\slash "N"', description="Zeilen\nund\tÜmläute \\. 🐸")
    return pets


async def _copy(shop: Shop, backups, platform: Runtime, **options: object) -> Shop:
    backups.create(shop.slug)
    restored = backups.restore(shop.slug, copy_as=f"{shop.slug}-copy", **options)
    made = await platform.stores.get(restored.slug)
    return Shop(shop.runtime, shop.client, made, shop.merchant)


def _contents(backups, shop: Shop) -> dict[str, list]:
    return {
        table.name: backups.rows(f"SELECT t::text FROM {shop.store.schema}.{table.name} t ORDER BY 1")
        for table in stores.sorted_tables
    }


async def test_a_copy_has_everything_and_a_key_of_its_own(shop: Shop, other: Shop, backups, platform) -> None:
    await _filled(shop)
    original, neighbours = _contents(backups, shop), _contents(backups, other)
    seen, breeders = await shop.storefront(EVERYTHING), await shop.as_merchant(BREEDERS)
    copy = await _copy(shop, backups, platform)

    assert (copy.store.id != shop.store.id, copy.store.role != shop.store.role) == (True, True)
    assert await copy.storefront(EVERYTHING) == seen
    assert await copy.as_merchant(BREEDERS) == breeders
    address = (await copy.storefront("{ pets { nodes { picture { url } } } }"))["pets"]["nodes"][0]["picture"]["url"]
    picture = await copy.client.get(address)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    assert _contents(backups, shop) == original
    assert _contents(backups, other) == neighbours
    rows = backups.rows(f"SELECT id, email_index, email, name FROM {copy.store.schema}.customer")
    assert rows
    for row_id, index, email, _ in rows:
        opened = copy.store.key.unseal(email, table="customer", column="email", row=row_id).decode()
        assert index == copy.store.key.blind_index(opened) != shop.store.key.blind_index(opened)
        with pytest.raises(KeyMismatchError):
            shop.store.key.unseal(email, table="customer", column="email", row=row_id)


async def test_a_copy_and_its_original_live_their_own_lives(shop: Shop, backups, platform) -> None:
    pets = await _filled(shop)
    copy = await _copy(shop, backups, platform)
    assert (await copy.buy(pets[2]))["__typename"] == "Purchase"
    assert (await shop.buy(pets[2]))["__typename"] == "Purchase"
    await copy.list_pet("Later")
    assert "Later" in await copy.shelf_names()
    assert "Later" not in await shop.shelf_names()
    signed_in = await shop.post("storefront", "mutation { signIn { token } }", f"{shop.slug}/ada@example.com")
    token = signed_in.json()["data"]["signIn"]["token"]
    there = await shop.post("storefront", "{ me { name } }", f"{copy.slug}/ada@example.com", password=token)
    assert there.status_code == 401
    there = await shop.post("storefront", "{ me { name } }", f"{copy.slug}/ada@example.com", password=PASSWORD)
    assert there.status_code == 200
    await delete_store(platform.stores, copy.store)
    assert await shop.storefront("{ me { name } }")


async def test_a_copys_schema_is_as_that_of_a_new_store_and_the_copy_is_audited(
    shop: Shop, other: Shop, backups, platform
) -> None:
    await _filled(shop)
    copy = await _copy(shop, backups, platform)
    assert [str(each) for each in differences(backups.owner) if each.slug in {copy.slug, other.slug}] == []
    audits = backups.rows(f"SELECT actor, action, subject_id FROM {copy.store.schema}.audit_event ORDER BY id")
    assert audits[-1] == ("operator", "store copied", copy.store.id)


async def test_a_copy_can_be_backed_up_and_restored_like_any_store(shop: Shop, backups, platform) -> None:
    await _filled(shop)
    copy = await _copy(shop, backups, platform)
    rows = _contents(backups, copy)
    backups.create()
    backups.restore(copy.slug, replace=True)
    kept = {name: found for name, found in _contents(backups, copy).items() if name != "audit_event"}
    assert kept == {name: found for name, found in rows.items() if name != "audit_event"}


async def test_a_copy_never_replaces_a_store(shop: Shop, other: Shop, backups) -> None:
    backups.create(shop.slug)
    before = [_contents(backups, each) for each in (shop, other)]
    for taken in (shop.slug, other.slug):
        with pytest.raises(StoreExistsError, match=f"The address {taken} is taken"):
            backups.restore(shop.slug, copy_as=taken)
    with pytest.raises(StoreExistsError, match="reserved"):
        backups.restore(shop.slug, copy_as="graphql")
    assert [_contents(backups, each) for each in (shop, other)] == before


async def test_a_store_whose_address_was_taken_can_be_copied(shop: Shop, other: Shop, backups, platform) -> None:
    pets = await _filled(shop)
    backups.create(shop.slug)
    seen = await shop.storefront("{ pets { nodes { id name } } }")
    await delete_store(platform.stores, shop.store)
    restored = backups.restore(shop.slug, copy_as=f"{shop.slug}-found")
    copy = Shop(shop.runtime, shop.client, await platform.stores.get(restored.slug), shop.merchant)
    assert await copy.storefront("{ pets { nodes { id name } } }") == seen
    assert pets[0] not in str(seen)


def test_every_column_of_bytes_is_known_to_copies() -> None:
    """A sealed column that nothing declares would be copied as it is, and never open again."""
    hashes = {("access_token", "hash"), ("idempotency", "fingerprint")}
    for table in stores.sorted_tables:
        for column in table.columns:
            declared = bool(column.info.get("sealed")) or "blind_index_of" in column.info
            of_bytes = type(column.type).__name__ == "LargeBinary"
            assert of_bytes == (declared or (table.name, column.name) in hashes), column
