"""How the pipeline handles results, errors and lost connections, and the state it leaves."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import psycopg
import pytest
import uvloop
from uuid_utils.compat import uuid7

from database.transactions import Count, insert, purchases
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database, ReadSession, WriteSession, opened
from menagerie.settings import Settings
from plain_postgres import DatabaseServer
from shop import Shop

MEBIBYTE = 1024 * 1024
BACKEND = "SELECT pg_backend_pid() AS count"


@dataclass(frozen=True)
class Content:
    content: bytes


@dataclass(frozen=True)
class Pair:
    left: int
    right: str


async def backend(database: Database, shop: Shop) -> int:
    return (await database.read(shop.store, lambda session: session.fetch(Count, BACKEND)))[0].count


async def test_a_statement_without_parameters_is_sent_unchanged(database: Database, shop: Shop) -> None:
    rows = await database.read(shop.store, lambda session: session.fetch(Count, "SELECT 7 % 4 AS count"))
    assert rows == [Count(3)]


async def test_as_many_parameters_as_placeholders(database: Database, shop: Shop) -> None:
    with pytest.raises(psycopg.ProgrammingError, match="2 placeholders, not 1"):
        await database.read(shop.store, lambda session: session.fetch(Count, "SELECT %s + %s AS count", (1,)))
    assert await purchases(database, shop) == 0


async def test_each_statement_gets_its_own_rows(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> list[list[Count]]:
        sent = [await session.send(Count, "SELECT %s::int AS count", (number,)) for number in range(20)]
        await session.execute("DELETE FROM cart_item")
        last = await session.fetch(Count, "SELECT count FROM generate_series(1, 3) AS count")
        return [*[await each.rows() for each in reversed(sent)], last]

    *sent, last = await database.write(shop.store, work)
    assert sent == [[Count(number)] for number in reversed(range(20))]
    assert last == [Count(1), Count(2), Count(3)]


async def test_columns_find_their_fields_in_any_order(database: Database, shop: Shop) -> None:
    for statement in ("SELECT 1 AS left, NULL AS right", "SELECT NULL AS right, 1 AS left"):
        assert await database.read(shop.store, lambda session, s=statement: session.fetch(Pair, s)) == [Pair(1, None)]  # type: ignore[arg-type]  # not a LiteralString


@pytest.mark.parametrize("columns", ["1 AS left", "1 AS left, 2 AS right, 3 AS centre", "1 AS left, 2 AS wrong"])
async def test_columns_that_do_not_match_the_fields_are_reported(database: Database, shop: Shop, columns: str) -> None:
    with pytest.raises(TypeError, match="are not the fields of Pair: left, right"):
        await database.read(shop.store, lambda session: session.fetch(Pair, f"SELECT {columns}"))  # type: ignore[arg-type]  # not a LiteralString
    assert await purchases(database, shop) == 0


async def test_the_first_error_is_the_one_raised(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await session.execute("SELECT 1")
        await session.execute("SELECT 1 / 0")
        await session.execute("SELECT * FROM nothing")
        await session.fetch(Count, "SELECT 1 AS count")

    with pytest.raises(psycopg.errors.DivisionByZero) as raised:
        await database.write(shop.store, work)
    assert (raised.value.sqlstate, raised.value.diag.message_primary) == ("22012", "division by zero")


async def test_after_an_error_every_call_raises_it_again(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        for attempt in range(3):
            with pytest.raises(psycopg.errors.DivisionByZero):
                await session.fetch(Count, "SELECT 1 / 0 AS count" if attempt == 0 else "SELECT 1 AS count")
        with pytest.raises(psycopg.errors.DivisionByZero):
            await session.execute("DELETE FROM cart_item")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await database.write(shop.store, work)


async def test_a_connection_survives_errors_and_notices(database: Database, shop: Shop) -> None:
    before = await backend(database, shop)

    async def work(session: WriteSession) -> None:
        await session.execute("DROP TABLE IF EXISTS nothing")
        await session.fetch(Count, "SELECT 1 / 0 AS count")

    for _ in range(3):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await database.write(shop.store, work)
        assert await backend(database, shop) == before
    pool = await database.nodes.pool_of(shop.store)
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute("SELECT pg_backend_pid()")
        assert await cursor.fetchone() == (before,)


async def test_work_that_fails_before_its_first_query_writes_nothing(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(shop.store, work)
    assert await purchases(database, shop) == 0


async def _give_up(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        await session.finish(Count, "SELECT 1 AS count FROM pg_sleep(8)")

    await database.write(shop.store, work)


async def _with_asyncio(database: Database, shop: Shop) -> None:
    async with asyncio.timeout(0.2):
        await _give_up(database, shop)


async def _with_anyio(database: Database, shop: Shop) -> None:
    """Anyio cancels every later await too, including those of the cleanup."""
    with anyio.fail_after(0.2):
        await _give_up(database, shop)


@pytest.mark.parametrize("give_up", [_with_asyncio, _with_anyio])
async def test_a_cancellation_stops_the_statement_and_replaces_the_connection(
    database: Database, shop: Shop, database_server: DatabaseServer, give_up: Callable
) -> None:
    before = await backend(database, shop)
    with pytest.raises(TimeoutError):
        await give_up(database, shop)
    assert await backend(database, shop) != before
    assert await purchases(database, shop) == 0
    assert (await database.nodes.pool_of(shop.store)).get_stats()["pool_size"] == 1
    with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
        running = connection.execute(
            "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(8)' AND state = 'active'"
        )
        assert running.fetchall() == []


async def test_a_cancellation_between_statements_leaves_no_transaction(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        await session.fetch(Count, "SELECT 1 AS count")
        await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await database.write(shop.store, work)
    assert await purchases(database, shop) == 0


async def test_values_larger_than_a_socket_buffer_go_both_ways_at_once(database: Database, shop: Shop) -> None:
    contents = [os.urandom(3 * MEBIBYTE) for _ in range(6)]

    async def work(session: ReadSession) -> list[bytes]:
        sent = [await session.send(Content, "SELECT %s::bytea AS content", (content,)) for content in contents]
        return [(await each.rows())[0].content for each in sent]

    async with asyncio.timeout(30):
        assert await database.read(shop.store, work) == contents


async def test_many_rows_all_arrive(database: Database, shop: Shop) -> None:
    query = "SELECT count FROM generate_series(1, 200000) AS count"
    rows = await database.read(shop.store, lambda session: session.finish(Count, query))
    assert (len(rows), rows[-1]) == (200_000, Count(200_000))


@pytest.mark.parametrize(("finishing", "writing", "runs"), [(False, True, 2), (True, True, 1), (True, False, 2)])
async def test_a_lost_connection_is_retryable_unless_a_commit_was_sent(
    wide: Database, shop: Shop, database_server: DatabaseServer, *, finishing: bool, writing: bool, runs: int
) -> None:
    tries = 0

    def end_connections() -> None:
        with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
            for _ in range(500):
                ended = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' "
                    "AND application_name LIKE 'menagerie wide%' AND query LIKE '%pg_sleep(5)'"
                )
                if ended.rowcount:
                    return
                time.sleep(0.01)

    async def work(session: ReadSession) -> None:
        nonlocal tries
        tries += 1
        ending = asyncio.create_task(asyncio.to_thread(end_connections))
        try:
            await (session.finish if finishing else session.fetch)(Count, "SELECT 1 AS count FROM pg_sleep(5)")
        finally:
            await ending

    with pytest.raises(psycopg.OperationalError, match="terminating connection") as raised:
        await (wide.write if writing else wide.read)(shop.store, work)
    assert raised.value.sqlstate == "57P01"
    assert tries == runs
    assert await purchases(wide, shop) == 0


async def _pause(session: ReadSession) -> None:
    await session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(0.1)")


async def test_a_connection_lost_while_idle_is_noticed_before_a_commit_is_sent(
    wide: Database, shop: Shop, database_server: DatabaseServer
) -> None:
    """Even if everything is sent at once, which would otherwise leave the commit in doubt."""
    await asyncio.gather(*(wide.read(shop.store, _pause) for _ in range(4)))
    with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'menagerie wide%'"
        )
    await wide.write(shop.store, lambda session: insert(session, uuid7(), shop))
    assert await purchases(wide, shop) == 1


async def test_copy_is_refused_in_a_transaction(database: Database, shop: Shop) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(psycopg.Error):
            await database.read(shop.store, lambda session: session.fetch(Count, "COPY pet (id) TO STDOUT"))
        assert await purchases(database, shop) == 0


async def test_many_transactions_share_few_connections(wide: Database, shop: Shop) -> None:
    async def work(session: WriteSession, number: int) -> int:
        mine = await session.send(Count, "SELECT %s::int AS count", (number,))
        await insert(session, uuid7(), shop)
        if number % 5 == 0:
            raise LookupError
        await session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(0.01)")
        return (await mine.rows())[0].count

    outcomes = await asyncio.gather(
        *(wide.write(shop.store, lambda session, n=number: work(session, n)) for number in range(50)),
        return_exceptions=True,
    )
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, LookupError if number % 5 == 0 else int), outcome
        assert outcome == number or number % 5 == 0
    assert await purchases(wide, shop) == 40


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
async def test_it_works_on_either_event_loop(
    settings: Settings, shop: Shop, database_server: DatabaseServer, run: Callable
) -> None:
    """Large values both ways, then a timeout, then a lost connection, with recovery each time."""
    content = os.urandom(3 * MEBIBYTE)

    async def main() -> None:
        nodes = Nodes(settings.database_url.get_secret_value(), name="loop", max_size=1)
        async with opened(Database(nodes)) as database:
            sent = "SELECT %s::bytea AS content"
            rows = await database.read(shop.store, lambda session: session.finish(Content, sent, (content,)))
            assert rows == [Content(content)]
            with pytest.raises(TimeoutError):
                await _with_asyncio(database, shop)
            assert await purchases(database, shop) == 0
            with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
                connection.execute("SELECT pg_terminate_backend(%s::int, 5000)", (await backend(database, shop),))
            assert await purchases(database, shop) == 0

    await asyncio.to_thread(run, main())
