"""A backup made while customers buy contains each purchase completely, or not at all."""

import asyncio
import threading

import psycopg
import pytest

from menagerie.backups.restoration import RestoreOptions, restore_store
from menagerie.database.copies import Snapshot
from menagerie.database.migrate import migrate
from shop import Shop

BACKUPS = 6


async def test_a_purchase_after_the_backup_began_is_not_in_it(
    shop: Shop, backups, fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup pauses between two tables until a purchase of already copied pets is committed."""
    pets = await shop.list_pets(3)
    await shop.buy(pets[0])
    copied, bought = threading.Event(), threading.Event()
    copy_out = Snapshot.copy_out

    def slowly(self, table: str, columns):
        if table == "purchase":
            copied.set()
            assert bought.wait(20)
        yield from copy_out(self, table, columns)

    monkeypatch.setattr(Snapshot, "copy_out", slowly)
    making = asyncio.create_task(asyncio.to_thread(backups.create, shop.slug))
    await asyncio.to_thread(copied.wait, 20)
    assert (await shop.buy(pets[1]))["__typename"] == "Purchase", "the backup blocked a purchase"
    await shop.list_pet("Later")
    bought.set()
    name = (await making).manifest.name
    assert await asyncio.to_thread(_restored_books, backups, name, shop, fresh) == 1


async def test_a_purchase_during_a_backup_is_completely_in_it_or_not_at_all(
    shop: Shop, other: Shop, backups, fresh
) -> None:
    pets = await shop.list_pets(60)
    for pet in pets[-12:]:
        await shop.add_to_cart(pet, "grace@example.com")

    async def buy(some: list[str], *, check_out: bool) -> int:
        sold = [(await shop.buy(pet))["__typename"] == "Purchase" for pet in some]
        if check_out:
            sold += [(await shop.checkout("grace@example.com"))["__typename"] == "Purchase"] * 12
        return sum(sold)

    names, sold = [], 0
    for start in range(0, 48, 48 // BACKUPS):
        buying = asyncio.create_task(buy(pets[start : start + 48 // BACKUPS], check_out=start == 0))
        names.append((await asyncio.to_thread(backups.create, shop.slug)).manifest.name)
        sold += await buying
    found = [await asyncio.to_thread(_restored_books, backups, name, shop, fresh) for name in names]
    assert found == sorted(found)
    assert len(set(found)) == BACKUPS, "each has the purchases between it and the one before"
    assert found[-1] <= sold == 60


def _restored_books(backups, name: str, shop: Shop, fresh) -> int:
    """Restore a backup, check that its books balance, and return its number of sold pets."""
    there = fresh().owner_database_url.get_secret_value()
    migrate(there)
    with psycopg.connect(there) as connection:
        connection.execute(
            "INSERT INTO platform.merchant (id, login, password_hash) VALUES (gen_random_uuid(), 'taker', '')"
        )
    source = backups.source(name)
    restore_store(there, source, source.manifest.store(shop.slug), RestoreOptions(merchant="taker"), lambda _read: None)
    schema = shop.store.schema
    counts = f"""SELECT (SELECT count(*) FROM {schema}.pet WHERE sold_at IS NOT NULL),
        (SELECT count(*) FROM {schema}.purchase_item i JOIN {schema}.pet p ON p.id = i.pet_id
            JOIN {schema}.purchase b ON b.id = i.purchase_id AND b.purchased_at = p.sold_at),
        (SELECT count(*) FROM {schema}.purchase_item),
        (SELECT count(*) FROM {schema}.purchase b WHERE NOT EXISTS
            (SELECT 1 FROM {schema}.purchase_item i WHERE i.purchase_id = b.id))"""
    sold, matched, items, empty = backups.rows(counts, address=there)[0]
    assert (sold, items, empty) == (matched, matched, 0)
    # A checkout of twelve is one purchase: all of it or nothing.
    sizes = backups.rows(f"SELECT DISTINCT count(*) FROM {schema}.purchase_item GROUP BY purchase_id", address=there)
    assert {size for (size,) in sizes} <= {1, 12}
    return sold
