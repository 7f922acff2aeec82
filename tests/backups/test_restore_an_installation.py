"""Everything is restored from nothing but the backup and the master keys."""

import base64

import httpx
import psycopg
import pytest
from asgi_lifespan import LifespanManager
from pydantic import SecretStr

from menagerie.api.app import Application
from menagerie.backups.claim import installation_id, take_over
from menagerie.backups.keys import KeyDestroyedError
from menagerie.backups.recovery import NotEmptyError, interrupted_restore
from menagerie.backups.restoration import Restored, restore_store
from menagerie.backups.sealing import BundleDamagedError
from menagerie.database.migrate import migrate, status
from menagerie.runtime import runtime
from menagerie.secrets.envelope import KeyMismatchError
from menagerie.stores.provision import delete_store
from shop import Shop

EVERYTHING = "{ pets { nodes { id name } } cart { pets { id } } purchases { nodes { pets { id } } } me { name email } }"
FOREIGN = SecretStr(base64.b64encode(b"f" * 32).decode())


def _owner(settings) -> str:
    return settings.owner_database_url.get_secret_value()


@pytest.mark.parametrize("migrated", [False, True])
async def test_an_installation_is_restored_into_an_empty_database(
    shop: Shop, other: Shop, backups, fresh, migrated: bool
) -> None:
    pets = await shop.list_pets(3)
    await shop.buy(pets[0])
    await shop.add_to_cart(pets[1])
    await other.list_pet("Neighbour")
    before = [await each.storefront(EVERYTHING) for each in (shop, other)]
    backups.create()
    there = fresh()
    if migrated:
        migrate(_owner(there))

    recovery = backups.recover(_owner(there))

    assert recovery.failures == []
    assert {shop.slug, other.slug} <= {store.slug for store in recovery.stores}
    found = status(_owner(there))
    assert found.complete
    application = Application(there)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30), runtime(there) as opened:
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as client:
            for each, wanted in zip((shop, other), before, strict=True):
                back = Shop(opened, client, await opened.stores.get(each.slug), each.merchant)
                assert await back.storefront(EVERYTHING) == wanted
                # The merchant signs in with the old password, and the store works.
                assert (await back.buy((await back.list_pet("New"))["id"]))["__typename"] == "Purchase"
    for query in ("SELECT * FROM platform.merchant ORDER BY id", "SELECT * FROM platform.ownership ORDER BY 1, 2"):
        assert backups.rows(query, address=_owner(there)) == [
            row for row in backups.rows(query) if row in backups.rows(query, address=_owner(there))
        ]
    assert backups.rows("SELECT count(*) FROM platform.merchant", address=_owner(there)) == backups.rows(
        "SELECT count(*) FROM platform.merchant"
    )


async def test_the_server_has_the_same_privileges_there(shop: Shop, backups, fresh) -> None:
    grants = """SELECT c.relname, a.grantee::regrole::text, a.privilege_type FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
        WHERE n.nspname = 'platform' ORDER BY 1, 2, 3"""
    backups.create()
    there = _owner(fresh())
    backups.recover(there)
    assert backups.rows(grants, address=there) == backups.rows(grants)


async def test_a_database_that_is_not_empty_is_left_alone(shop: Shop, backups, fresh) -> None:
    backups.create()
    there = _owner(fresh())
    backups.recover(there)
    before = backups.rows("SELECT id, xmin::text FROM platform.merchant ORDER BY id", address=there)
    with pytest.raises(NotEmptyError, match=r"stores and .* merchants"):
        backups.recover(there)
    assert backups.rows("SELECT id, xmin::text FROM platform.merchant ORDER BY id", address=there) == before


async def test_an_interrupted_restore_is_resumed_where_it_stopped(
    shop: Shop, other: Shop, backups, fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.list_pets(2)
    await other.list_pet("Neighbour")
    name = backups.create().manifest.name
    backups.create()
    there = _owner(fresh())
    done = 0

    def until_the_second(*arguments) -> Restored:
        nonlocal done
        if done == 1:
            raise psycopg.OperationalError("the connection was lost")
        done += 1
        return restore_store(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("menagerie.backups.recovery.restore_store", until_the_second)
        with pytest.raises(psycopg.OperationalError):
            backups.recover(there, name)
    assert interrupted_restore(there) == name
    [(first,)] = backups.rows("SELECT slug FROM platform.store", address=there)
    with pytest.raises(NotEmptyError, match=f"{name} was interrupted here.*--set {name}. resumes it"):
        backups.recover(there)

    recovery = backups.recover(there, name)
    assert recovery.present == [first]
    assert first not in [store.slug for store in recovery.stores]
    assert recovery.failures == []
    assert interrupted_restore(there) is None
    everything = "SELECT slug FROM platform.store ORDER BY slug"
    assert backups.rows(everything, address=there) == backups.rows(everything)
    with pytest.raises(NotEmptyError, match="into an empty one"):
        backups.recover(there, name)


async def test_a_store_that_lacks_rows_is_named_when_a_restore_is_resumed(
    shop: Shop, other: Shop, backups, fresh
) -> None:
    await shop.list_pets(2)
    backups.create()
    name = backups.source().manifest.name
    there = _owner(fresh())
    backups.recover(there)
    backups.rows("UPDATE platform.installation SET restoring = %s RETURNING id", name, address=there)
    backups.rows(f"DELETE FROM {shop.store.schema}.pet RETURNING id", address=there)
    recovery = backups.recover(there)
    assert [slug for slug, _ in recovery.failures] == [shop.slug]
    assert "--replace" in recovery.failures[0][1]
    assert other.slug in recovery.present


async def test_a_backup_of_single_stores_is_not_an_installation(shop: Shop, backups, fresh) -> None:
    name = backups.create(shop.slug).manifest.name
    with pytest.raises(NotEmptyError, match="Name the stores"):
        backups.recover(_owner(fresh()), name)


async def test_without_the_master_key_nothing_is_restored_and_the_error_asks_for_it(shop: Shop, backups, fresh) -> None:
    backups.create()
    there = fresh()
    backups.settings = there.model_copy(update={"master_keys": (FOREIGN,)})
    with pytest.raises(KeyMismatchError, match="MENAGERIE_MASTER_KEYS opens the backup"):
        backups.recover(_owner(there))
    assert status(_owner(there)).platform is None


async def test_a_rotated_key_opens_older_backups_while_it_is_listed(shop: Shop, backups, fresh) -> None:
    backups.create()
    there = fresh()
    backups.settings = there.model_copy(update={"master_keys": (FOREIGN, *there.master_keys)})
    assert {each.problem for each in backups.verify()} == {None}
    assert backups.recover(_owner(there)).failures == []


async def test_a_damaged_store_does_not_stop_the_others(shop: Shop, other: Shop, backups, fresh) -> None:
    backups.create()
    bundle = backups.bundle(shop.slug)
    bundle.write_bytes(bundle.read_bytes()[:-7])
    there = _owner(fresh())
    recovery = backups.recover(there)
    assert [slug for slug, _ in recovery.failures] == [shop.slug]
    assert "is damaged" in recovery.failures[0][1]
    assert other.slug in [store.slug for store in recovery.stores]
    assert backups.rows("SELECT 1 FROM platform.store WHERE slug = %s", shop.slug, address=there) == []
    assert backups.rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", shop.store.schema, address=there) == []


async def test_without_the_platforms_bundle_nothing_is_restored(shop: Shop, backups, fresh) -> None:
    name = backups.create().manifest.name
    bundle = backups.directory / "sets" / name / "platform.bundle"
    bundle.write_bytes(bundle.read_bytes()[:-1])
    there = _owner(fresh())
    with pytest.raises(BundleDamagedError, match=r"platform\.bundle"):
        backups.recover(there)
    assert status(there).platform is None


async def test_the_next_backup_makes_a_deleted_store_unreadable_in_every_backup(
    shop: Shop, other: Shop, backups, platform, fresh
) -> None:
    older = backups.create().manifest.name
    single = backups.create(shop.slug).manifest.name
    await delete_store(platform.stores, shop.store)
    assert backups.create().keys_taken == 1
    assert backups.create().keys_taken == 0

    with pytest.raises(KeyDestroyedError, match=rf"{shop.slug} was deleted, and on .* nobody can read"):
        backups.restore(shop.slug, backup_name=single)
    deleted = {each.slug: each.deleted for each in backups.verify(older)}
    assert (deleted[shop.slug], deleted[other.slug]) == (True, False)
    there = _owner(fresh())
    recovery = backups.recover(there, older)
    assert recovery.failures == []
    assert len(recovery.deleted) == 1
    assert shop.slug not in [store.slug for store in recovery.stores]
    # The key is nowhere in the storage, not even wrapped.
    wrapped = [path.read_bytes() for path in backups.directory.rglob(str(shop.store.id))]
    assert len(wrapped) == 1
    assert b"wrapped" not in wrapped[0]


async def test_an_empty_database_never_destroys_a_key(shop: Shop, backups, fresh) -> None:
    """A backup that runs after the data is lost must not mistake the lost stores for deleted ones."""
    backups.create(shop.slug)
    there = fresh()
    migrate(_owner(there))
    lost, backups.settings = backups.settings, there
    take_over(backups.storage, installation_id(_owner(there)), backups.keys)
    assert backups.create().keys_taken == 0
    backups.settings = lost
    assert backups.restore(shop.slug, replace=True).slug == shop.slug


async def test_deletions_are_remembered_after_a_restore(shop: Shop, backups, platform, fresh) -> None:
    await delete_store(platform.stores, shop.store)
    backups.create()
    there = _owner(fresh())
    backups.recover(there)
    assert backups.rows("SELECT 1 FROM platform.deleted_store WHERE id = %s", shop.store.id, address=there) == [(1,)]
