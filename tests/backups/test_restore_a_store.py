"""Restoring one store of two: it is as it was, the other is untouched, and nobody is signed in."""

import base64

import pytest

from menagerie.backups.restoration import OwnersMissingError, StoreExistsError
from menagerie.cli.doctor.drift import differences
from menagerie.database.tables import stores
from menagerie.runtime import Runtime, runtime
from menagerie.stores.models import StoreChanged
from menagerie.stores.provision import delete_store
from shop import PASSWORD, Shop

EVERYTHING = """{
    pets { nodes { id name picture { url } } } cart { pets { id } } purchases { nodes { id pets { id } } } me { name }
}"""
BREEDERS = "{ unsoldPets { nodes { id breederName breederEmail } } }"


async def _filled(shop: Shop) -> list[str]:
    """Give a store one sold pet, one in a cart, one removed and two on the shelf."""
    pets = await shop.list_pets(5)
    await shop.buy(pets[0])
    await shop.add_to_cart(pets[1])
    await shop.remove_pet(pets[2])
    await shop.list_pet('Back\\slash "N"', description="Zeilen\nund Ümläute \\. 🐸")
    return pets


async def _publish_change(platform: Runtime, shop: Shop) -> None:
    async def publish(session) -> None:
        session.publish(StoreChanged(shop.store.id))

    await platform.database.write_as_owner(publish)


def _contents(backups, shop: Shop, address: str | None = None, schema: str | None = None) -> dict[str, list]:
    """Every row of every table that a backup keeps."""
    schema = schema or shop.store.schema
    kept = [table.name for table in stores.sorted_tables if table.name != "access_token"]
    return {
        name: backups.rows(f"SELECT t::text FROM {schema}.{name} t ORDER BY 1", address=address)
        for name in kept
        if name != "audit_event"
    }


async def test_a_restored_store_is_as_it_was_and_the_other_is_untouched(
    shop: Shop, other: Shop, backups, platform
) -> None:
    pets = await _filled(shop)
    before, breeders = await shop.storefront(EVERYTHING), await shop.as_merchant(BREEDERS)
    rows = _contents(backups, shop)
    assert all(rows[name] for name in ("pet", "picture_rendition", "purchase_item", "cart_item", "customer"))
    made = backups.create(shop.slug)
    assert made.manifest.missing == ()

    await shop.buy(pets[3])
    await shop.remove_pet(pets[4])
    await shop.list_pet("Later")
    await other.list_pet("Neighbour")
    neighbours = _contents(backups, other)
    restored = backups.restore(shop.slug, replace=True)
    await _publish_change(platform, shop)

    assert (restored.slug, restored.id) == (shop.slug, shop.store.id)
    assert _contents(backups, shop) == rows
    assert await shop.storefront(EVERYTHING) == before
    assert await shop.as_merchant(BREEDERS) == breeders
    assert "Later" not in await shop.shelf_names()
    picture = await shop.client.get(before["pets"]["nodes"][0]["picture"]["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    assert _contents(backups, other) == neighbours
    assert backups.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'restoring%%'") == []


async def test_the_servers_date_and_bytea_formats_make_no_difference(shop: Shop, backups, administer) -> None:
    await _filled(shop)
    rows = _contents(backups, shop)
    odd = {"datestyle": "'SQL, DMY'", "bytea_output": "'escape'", "timezone": "'Asia/Kathmandu'"}
    try:
        for name, value in odd.items():
            administer(f"ALTER ROLE menagerie_owner SET {name} TO {value}")
        backups.create(shop.slug)
        assert _contents(backups, shop) != rows, "the settings make no difference"
    finally:
        for name in odd:
            administer(f"ALTER ROLE menagerie_owner RESET {name}")
    backups.restore(shop.slug, replace=True)
    assert _contents(backups, shop) == rows


async def test_a_restored_store_works_and_its_restoration_is_audited(shop: Shop, backups, platform) -> None:
    pets = await shop.list_pets(2)
    name = backups.create().manifest.name
    backups.restore(shop.slug, replace=True)
    await _publish_change(platform, shop)
    assert (await shop.buy(pets[0]))["__typename"] == "Purchase"
    assert (await shop.list_pet("New"))["name"] == "New"
    audits = backups.rows(f"SELECT actor, action, details->>'backup' FROM {shop.store.schema}.audit_event ORDER BY id")
    assert ("operator", "store restored", name) in audits


async def test_a_restore_ends_sessions_and_brings_back_the_old_passwords(shop: Shop, backups, platform) -> None:
    user = f"{shop.slug}/ada@example.com"
    signed_in = await shop.post("storefront", "mutation { signIn { token } }", user)
    token = signed_in.json()["data"]["signIn"]["token"]
    assert (await shop.post("storefront", "{ me { name } }", user, password=token)).status_code == 200
    backups.create(shop.slug)
    backups.restore(shop.slug, replace=True)
    await _publish_change(platform, shop)
    assert backups.rows(f"SELECT count(*) FROM {shop.store.schema}.access_token") == [(0,)]
    assert (await shop.post("storefront", "{ me { name } }", user, password=token)).status_code == 401
    assert (await shop.post("storefront", "{ me { name } }", user, password=PASSWORD)).status_code == 200


async def test_an_existing_store_is_not_replaced_unless_asked(shop: Shop, backups) -> None:
    await shop.list_pet()
    backups.create(shop.slug)
    rows = _contents(backups, shop)
    with pytest.raises(StoreExistsError, match="--replace"):
        backups.restore(shop.slug)
    assert _contents(backups, shop) == rows


async def test_a_store_whose_address_was_taken_is_not_restored(shop: Shop, other: Shop, backups, platform) -> None:
    backups.create(shop.slug)
    await delete_store(platform.stores, shop.store)
    backups.rows("UPDATE platform.store SET slug = %s WHERE id = %s RETURNING id", shop.slug, other.store.id)
    with pytest.raises(StoreExistsError, match=f"belongs to another store here.*--as {shop.slug}-copy"):
        backups.restore(shop.slug)
    backups.rows("UPDATE platform.store SET slug = %s WHERE id = %s RETURNING id", other.slug, other.store.id)


async def test_a_deleted_store_can_be_restored_while_its_key_still_exists(shop: Shop, backups, platform) -> None:
    await shop.list_pet("Luna")
    backups.create(shop.slug)
    rows = _contents(backups, shop)
    await delete_store(platform.stores, shop.store)
    restored = backups.restore(shop.slug)
    assert restored.id == shop.store.id
    assert _contents(backups, shop) == rows
    assert backups.rows("SELECT 1 FROM platform.deleted_store WHERE id = %s", shop.store.id) == []
    # It's a store like any other, so the next backup doesn't destroy its key.
    assert backups.create(shop.slug).keys_taken == 0
    assert [each.problem for each in backups.verify()] == [None]


async def test_a_restored_stores_owner_must_exist(shop: Shop, other: Shop, backups, platform, administer) -> None:
    backups.create(shop.slug)
    await delete_store(platform.stores, shop.store)
    administer(f"DELETE FROM platform.merchant WHERE login = '{shop.merchant}'")
    with pytest.raises(OwnersMissingError, match=f"{shop.merchant}.*--merchant"):
        backups.restore(shop.slug)
    with pytest.raises(OwnersMissingError, match="merchant create nobody"):
        backups.restore(shop.slug, merchant="nobody")
    assert await platform.stores.find(shop.slug) is None
    backups.restore(shop.slug, merchant=other.merchant)
    assert shop.slug in [store.slug for store in await platform.stores.all()]


async def test_a_restored_stores_schema_equals_a_new_ones(shop: Shop, other: Shop, backups) -> None:
    await _filled(shop)
    backups.create(shop.slug)
    copy = backups.restore(shop.slug, replace=True)
    assert [str(each) for each in differences(backups.owner) if each.slug in {copy.slug, other.slug}] == []


async def test_a_restored_store_has_the_privileges_of_a_new_one(shop: Shop, other: Shop, backups) -> None:
    grants = """SELECT c.relname, replace(a.grantee::regrole::text, %s, 'role'), a.privilege_type FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a WHERE n.nspname = %s ORDER BY 1, 2, 3"""
    backups.create(shop.slug)
    backups.restore(shop.slug, replace=True)
    found, wanted = (backups.rows(grants, each.store.role, each.store.schema) for each in (shop, other))
    assert found == wanted
    schemas = """SELECT replace(a.grantee::regrole::text, %s, 'role'), a.privilege_type FROM pg_namespace n,
        aclexplode(n.nspacl) a WHERE n.nspname = %s ORDER BY 1, 2"""
    found, wanted = (backups.rows(schemas, each.store.role, each.store.schema) for each in (shop, other))
    assert found == wanted


async def test_a_restored_key_opens_with_the_first_master_key(shop: Shop, backups, settings, fresh) -> None:
    """A bundle from before a rotation is restored, and its store no longer needs the older key."""
    from pydantic import SecretStr

    from menagerie.secrets.envelope import MasterKeys

    backups.create()
    newer = SecretStr(base64.b64encode(b"n" * 32).decode())
    there = fresh()
    rotated = there.model_copy(update={"master_keys": (newer, *settings.master_keys)})
    backups.settings = rotated
    backups.recover(backups.owner)
    wrapped = backups.rows("SELECT wrapped FROM platform.data_key WHERE store_id = %s", shop.store.id)[0][0]
    MasterKeys([b"n" * 32]).unwrap(wrapped, shop.store.id)
    async with runtime(rotated) as opened:
        assert (await opened.stores.get(shop.slug)).id == shop.store.id
