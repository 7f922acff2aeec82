"""Any failure in a transaction undoes all of it, is reported, and leaves the connection usable."""

import asyncio
import contextlib
from uuid import uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from database.conftest import Subscriber
from database.transactions import Count, insert, purchases
from menagerie.database.session import Database, ReadSession, WriteSession
from menagerie.database.tenant import StoreGoneError
from menagerie.stores.provision import delete_store
from plain_postgres import DatabaseServer
from shop import Shop


async def test_an_exception_in_the_work_undoes_everything_and_publishes_nothing(
    database: Database, subscriber: Subscriber, shop: Shop
) -> None:
    class StopError(Exception):
        pass

    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        session.publish("bought")
        raise StopError

    with pytest.raises(StopError):
        await database.write(shop.store, work)
    assert subscriber.events == []
    assert await purchases(database, shop) == 0


async def test_an_unread_error_undoes_everything_and_is_raised(
    database: Database, subscriber: Subscriber, shop: Shop
) -> None:
    """It surfaces at COMMIT, and must be the error itself, not that later statements were skipped."""

    async def work(session: WriteSession) -> None:
        purchase = uuid7()
        await insert(session, purchase, shop)
        session.publish("bought")
        await insert(session, purchase, shop)
        for _ in range(5):
            await insert(session, uuid7(), shop)

    for _ in range(20):
        with pytest.raises(psycopg.errors.UniqueViolation):
            await database.write(shop.store, work)
    assert subscriber.events == []
    assert await purchases(database, shop) == 0


async def test_an_error_in_the_middle_is_raised_by_the_next_fetch(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await session.execute("INSERT INTO purchase (id) VALUES (NULL)")
        await session.fetch(Count, "SELECT count(*) FROM purchase")

    for _ in range(20):
        with pytest.raises(psycopg.errors.NotNullViolation):
            await database.write(shop.store, work)


async def test_a_swallowed_error_commits_nothing(database: Database, subscriber: Subscriber, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        session.publish("bought")
        with contextlib.suppress(psycopg.errors.DivisionByZero):
            await session.fetch(Count, "SELECT 1 / 0 AS count")

    with pytest.raises(psycopg.Error):
        await database.write(shop.store, work)
    assert subscriber.events == []
    assert await purchases(database, shop) == 0


async def test_a_failure_leaves_the_connection_usable(database: Database, shop: Shop) -> None:
    async def backend(session: ReadSession) -> int:
        return (await session.fetch(Count, "SELECT pg_backend_pid() AS count"))[0].count

    before = await database.read(shop.store, backend)
    for statement in ("SELECT 1 / 0 AS count", "SELEC", "SELECT count(*) FROM no_such_table", "SELECT %s AS count"):
        with pytest.raises((psycopg.Error, TypeError)):
            await database.read(shop.store, lambda session, s=statement: session.fetch(Count, s))
        assert await database.read(shop.store, backend) == before
        assert await purchases(database, shop) == 0


async def test_a_timeout_leaves_the_connection_usable(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        await session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(5)")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await database.write(shop.store, work)
    assert await purchases(database, shop) == 0


async def test_a_deleted_store_is_gone_for_readers_and_writers(database: Database, other: Shop) -> None:
    await delete_store(other.runtime.stores, other.store)
    with pytest.raises(StoreGoneError):
        await purchases(database, other)
    with pytest.raises(StoreGoneError):
        await database.write(other.store, lambda session: insert(session, uuid4(), other))


async def test_a_missing_table_in_an_existing_store_is_a_fault(database: Database, shop: Shop) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await database.read(shop.store, lambda session: session.fetch(Count, "SELECT count(*) FROM nothing"))


async def test_many_requests_to_a_deleted_store_do_not_starve_the_pool(database: Database, other: Shop) -> None:
    await delete_store(other.runtime.stores, other.store)
    async with asyncio.timeout(4):
        outcomes = await asyncio.gather(*(purchases(database, other) for _ in range(10)), return_exceptions=True)
    assert all(isinstance(outcome, StoreGoneError) for outcome in outcomes), outcomes


@pytest.mark.usefixtures("single_server")
async def test_connections_lost_while_idle_are_not_a_fault(
    wide: Database, shop: Shop, other: Shop, database_server: DatabaseServer
) -> None:
    """As after a restart of the server, when the next requests get dead connections."""

    async def buy(of: Shop) -> None:
        async def work(session: WriteSession) -> None:
            await session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(0.1)")
            await insert(session, uuid7(), of)

        await wide.write(of.store, work)

    for number in range(1, 3):
        await asyncio.gather(*(buy(of) for of in (shop, shop, shop, other)))  # no store may take all four
        assert await purchases(wide, shop) == 3 * number
        with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'menagerie wide%'"
            ).fetchall()
        assert len(ended) == 4


@pytest.mark.parametrize(("committing", "runs"), [(False, 2), (True, 1)])
async def test_a_possibly_committed_transaction_is_not_retried(
    wide: Database, shop: Shop, committing: bool, runs: int
) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        await session.fetch(Count, "SELECT 1 AS count")
        session._pipeline._connection.pgconn.finish()
        if not committing:
            await session.fetch(Count, "SELECT 1 AS count")

    with pytest.raises(psycopg.OperationalError):
        await wide.write(shop.store, work)
    assert tries == runs
    assert await purchases(wide, shop) == 0
