"""Prepared statements: each store has its own, they stay few, and stale ones are noticed."""

from collections.abc import Callable, Sequence
from uuid import uuid4

import psycopg
import pytest
from structlog.testing import capture_logs

from database.conftest import PREPARED
from database.transactions import Count, Name
from menagerie.database.nodes import Nodes
from menagerie.database.pool import new_pool
from menagerie.database.session import Database, ReadSession, WriteSession, opened
from menagerie.settings import Settings
from menagerie.stores.models import Store
from shop import Shop

PETS = "SELECT count(*) AS count FROM pet"


async def read(database: Database, store: Store, *statements: str) -> list[int]:
    async def work(session: ReadSession) -> list[int]:
        return [(await session.fetch(Count, statement))[0].count for statement in statements]  # type: ignore[arg-type]  # made up

    return await database.read(store, work)


async def prepared(database: Database) -> Sequence[str]:
    """The statements that the only connection to each server has prepared."""
    statements: list[str] = []
    for pool in database.nodes.pools():
        async with pool.connection() as connection:
            rows = await (await connection.execute("SELECT statement FROM pg_prepared_statements")).fetchall()
            statements += [row[0] for row in rows]
    return statements


async def test_repeated_statements_are_prepared_for_each_store(database: Database, shop: Shop, other: Shop) -> None:
    await shop.list_pet()
    stores = [shop.store, other.store]
    for _ in range(8):  # more than PostgreSQL needs before it may cache a generic plan
        assert [await read(database, store, PETS) for store in stores] == [[1], [0]]
    assert await prepared(database) == [PETS, PETS]


async def test_a_statement_used_once_is_not_prepared(database: Database, shop: Shop) -> None:
    await read(database, shop.store, PETS)
    assert await prepared(database) == []


async def test_a_statement_can_opt_out_of_preparation(database: Database, shop: Shop) -> None:
    for _ in range(3):
        await database.read(shop.store, lambda session: session.fetch(Count, PETS, prepare=False))
    assert await prepared(database) == []


async def test_the_least_recently_used_statement_is_evicted(database: Database, shop: Shop) -> None:
    statements = [f"SELECT {number}::bigint AS count" for number in range(PREPARED + 3)]
    for statement in statements:
        assert await read(database, shop.store, statement, statement) == [int(statement.split()[1].split(":")[0])] * 2
    await read(database, shop.store, statements[-1])  # evicted statements are closed with the next round trip
    assert sorted(await prepared(database)) == sorted(statements[-PREPARED:])


async def test_other_parameter_types_are_another_prepared_statement(database: Database, shop: Shop) -> None:
    for value in (1, 2, 70_000, 80_000, 5_000_000_000, 6_000_000_000):
        rows = await database.read(
            shop.store, lambda session, value=value: session.fetch(Count, "SELECT %s + 1 AS count", (value,))
        )
        assert rows == [Count(value + 1)]
    assert len(await prepared(database)) == 3


async def test_a_statement_that_failed_to_prepare_is_prepared_later(database: Database, shop: Shop) -> None:
    wrong = f"SELECT count(*) AS count FROM not_there_{uuid4().hex}"
    await read(database, shop.store, PETS)
    for _ in range(3):  # the second time it would be prepared, and later statements are skipped

        async def work(session: ReadSession) -> None:
            await session.send(Count, wrong)  # type: ignore[arg-type]  # not a LiteralString
            await session.fetch(Count, PETS)

        with pytest.raises(psycopg.errors.UndefinedTable):
            await database.read(shop.store, work)
    assert await prepared(database) == []
    assert await read(database, shop.store, PETS, PETS) == [0] * 2
    assert await prepared(database) == [PETS]


async def test_a_changed_result_type_is_noticed(
    database: Database, administer: Callable[[str], None], shop: Shop
) -> None:
    schema = shop.store.schema
    administer(f"CREATE TABLE {schema}.probe AS SELECT 'one'::varchar(10) AS name")
    administer(f"GRANT SELECT ON {schema}.probe TO {shop.store.role}")

    async def names(session: ReadSession) -> list[Name]:
        return await session.fetch(Name, "SELECT name FROM probe")

    for _ in range(8):
        assert await database.read(shop.store, names) == [Name("one")]
    administer(f"ALTER TABLE {schema}.probe ALTER COLUMN name TYPE text USING name || ' and more words'")
    for _ in range(3):
        assert await database.read(shop.store, names) == [Name("one and more words")]
    assert "SELECT name FROM probe" in await prepared(database)


async def test_a_pooler_that_mixes_sessions_turns_preparation_off(settings: Settings, shop: Shop) -> None:
    nodes = Nodes(settings.database_url.get_secret_value(), name="mixed", max_size=1, prepared=PREPARED)
    async with opened(Database(nodes)) as database:
        await read(database, shop.store, PETS, PETS)
        assert await prepared(database) == [PETS]
        async with (await database.nodes.pool_of(shop.store)).connection() as connection:
            await connection.execute("DEALLOCATE ALL")  # as if the pooler had switched server connections
        with capture_logs() as logs:
            assert await read(database, shop.store, PETS) == [0]
        assert "prepared statements turned off" in {line["event"] for line in logs}
        assert await read(database, shop.store, PETS, PETS) == [0] * 2
        assert await prepared(database) == []


async def test_a_write_that_hits_a_stale_statement_happens_once(settings: Settings, shop: Shop) -> None:
    nodes = Nodes(settings.database_url.get_secret_value(), name="mixed", max_size=1, prepared=PREPARED)

    async def work(session: WriteSession) -> None:
        await session.execute("UPDATE pet SET description = description || '+'")

    await shop.list_pet(description="A pet")
    async with opened(Database(nodes)) as database:
        for _ in range(2):
            await database.write(shop.store, work)
        async with (await database.nodes.pool_of(shop.store)).connection() as connection:
            await connection.execute("DEALLOCATE ALL")
        await database.write(shop.store, work)
        rows = await database.read(
            shop.store, lambda session: session.fetch(Name, "SELECT description AS name FROM pet")
        )
    assert {row.name.count("+") for row in rows} == {3}


async def test_the_owners_pool_prepares_nothing(settings: Settings) -> None:
    assert settings.owner_database_url is not None
    pool = new_pool(settings.owner_database_url.get_secret_value(), name="owner", max_size=1)
    await pool.open()
    async with pool.connection() as connection:
        assert [connection.prepared.name(("", b"SELECT 1", None)) for _ in range(3)] == [(None, False)] * 3
    await pool.close()
