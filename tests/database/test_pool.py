"""The pool and a database that comes and goes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import PoolTimeout

from menagerie.database import pipeline
from menagerie.database.nodes import Nodes
from menagerie.database.pool import new_pool
from menagerie.database.session import Database, scope
from menagerie.settings import Settings
from menagerie.stores.models import Store
from shop import Shop
from wire import Wire


@pytest.mark.usefixtures("queries")  # skips unless the wire can be relayed
async def test_a_database_is_used_again_as_soon_as_it_is_back(settings: Settings) -> None:
    address = settings.database_url.get_secret_value()
    wire = Wire(address)
    pool = new_pool(wire.address(address), name="away", max_size=2)
    await pool.open()
    try:
        # Each request makes the pool retry, with growing delays.
        with pytest.raises(PoolTimeout):
            await pool.getconn()
        await asyncio.sleep(3)
        await wire.open()
        connection = await pool.getconn(timeout=4)
        assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
        await pool.putconn(connection)
    finally:
        await pool.close()
        await wire.close()


@pytest.mark.usefixtures("single_server")
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("purchase", "customer_id"),
        ("purchase_item", "purchase_id"),
        ("cart_item", "customer_id"),
        ("idempotency", "account_id"),
        ("access_token", "customer_id"),
    ],
)
async def test_a_plan_for_an_empty_table_uses_an_index(
    shop: Shop, settings: Settings, administer: Callable[[str], None], table: str, column: str
) -> None:
    administer(f'VACUUM ANALYZE "{shop.store.schema}"."{table}"')  # tells PostgreSQL that it's empty
    nodes = Nodes(settings.database_url.get_secret_value(), name="plans", max_size=1)
    await nodes.open()
    try:
        pool = await nodes.pool_of(shop.store)
        async with pool.connection() as connection, connection.transaction():
            await enter(connection, shop)
            statement = sql.SQL("EXPLAIN SELECT 1 FROM {} WHERE {} = {}").format(
                sql.Identifier(table), sql.Identifier(column), sql.Literal(shop.store.id)
            )
            plan = str([line async for (line,) in await connection.execute(statement)])
    finally:
        await nodes.close()
    assert "Index" in plan
    assert "Seq Scan" not in plan


@pytest.mark.usefixtures("single_server")
async def test_a_connection_is_replaced_once_it_has_worked_for_many_stores(
    shop: Shop, other: Shop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "MAX_SCHEMAS", 1)

    async def backend(store: Store) -> int:
        row = await database.read(store, lambda session: session.fetch_one(_Backend, "SELECT pg_backend_pid() AS pid"))
        assert row is not None
        return row.pid

    first = await backend(shop.store)
    assert [await backend(shop.store) for _ in range(5)] == [first] * 5
    assert await backend(other.store) == first
    second = await backend(other.store)
    assert second != first
    assert await backend(other.store) == second


@dataclass
class _Backend:
    pid: int


async def enter(connection: psycopg.AsyncConnection[Any], shop: Shop) -> None:
    for each in scope(shop.store.role, shop.store.schema):
        await connection.execute(each)
