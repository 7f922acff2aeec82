"""A transaction is one unit of work: all or nothing, tried again where that helps, announced only when it is true."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from menagerie.database.nodes import Nodes
from menagerie.database.pool import new_pool
from menagerie.database.session import Database, ReadSession, StoreGone, WriteSession, opened
from menagerie.settings import Settings
from menagerie.stores.provision import delete_store
from shop import Shop
from wire import Wire


@dataclass
class Name:
    name: str


@dataclass
class Count:
    count: int


class Told:
    """Whoever listens to announcements, and what the database held when it was told."""

    def __init__(self) -> None:
        self.events: list[object] = []

    async def __call__(self, tenant: object, events: Sequence[object]) -> None:
        self.events += events


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def database(settings: Settings, told: Told) -> AsyncIterator[Database]:
    """One connection for everything, so that what a failure leaves behind would be met."""
    pool = new_pool(settings.database_url.get_secret_value(), name="one", most=1)
    async with opened(Database(Nodes(pool), announce=told)) as made:
        yield made


@pytest.fixture
async def wide(settings: Settings) -> AsyncIterator[Database]:
    pool = new_pool(settings.database_url.get_secret_value(), name="wide", most=4)
    async with opened(Database(Nodes(pool))) as made:
        yield made


async def _insert(session: WriteSession, purchase: UUID, shop: Shop) -> None:
    await session.execute(
        "INSERT INTO purchase (id, customer_id, purchased_at) VALUES (%s, %s, now())",
        (purchase, shop.customers["ada@example.com"]),
    )


async def _purchases(database: Database, shop: Shop) -> int:
    rows = await database.read(shop.store, lambda session: session.fetch(Count, "SELECT count(*) FROM purchase"))
    return rows[0].count


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_event DEFAULT VALUES",
        "UPDATE pet SET name = 'x'",
        "DELETE FROM cart_item",
        "SELECT name FROM pet FOR UPDATE",
    ],
)
async def test_a_reader_cannot_write(database: Database, shop: Shop, statement: str) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await database.read(shop.store, lambda session: session.fetch(Name, statement))  # type: ignore[arg-type]


async def test_a_reader_has_no_way_to_write(database: Database) -> None:
    assert not {"execute", "execute_many", "execute_composed", "announce"} & set(dir(ReadSession))


async def test_the_server_cannot_write_the_platform(database: Database) -> None:
    with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
        await database.read_platform(
            lambda session: session.fetch(Name, "UPDATE platform.store SET name = name RETURNING name")
        )


async def test_what_was_written_is_there_and_announced_after_the_commit(
    database: Database, told: Told, shop: Shop
) -> None:
    async def work(session: WriteSession) -> str:
        await _insert(session, uuid7(), shop)
        session.announce("bought")
        assert told.events == []
        return "done"

    assert await database.write(shop.store, work) == "done"
    assert told.events == ["bought"]
    assert await _purchases(database, shop) == 1


async def test_what_is_announced_is_true_already(settings: Settings, wide: Database, shop: Shop) -> None:
    seen: list[int] = []

    async def look(_tenant: object, _events: Sequence[object]) -> None:
        seen.append(await _purchases(wide, shop))

    pool = new_pool(settings.database_url.get_secret_value(), name="announcing", most=1)
    async with opened(Database(Nodes(pool), announce=look)) as database:

        async def work(session: WriteSession) -> None:
            await _insert(session, uuid7(), shop)
            session.announce("bought")

        await database.write(shop.store, work)
    assert seen == [1]


async def test_a_failure_of_the_work_undoes_everything_and_is_not_announced(
    database: Database, told: Told, shop: Shop
) -> None:
    class Stopped(Exception):  # noqa: N818
        pass

    async def work(session: WriteSession) -> None:
        await _insert(session, uuid7(), shop)
        session.announce("bought")
        raise Stopped

    with pytest.raises(Stopped):
        await database.write(shop.store, work)
    assert told.events == []
    assert await _purchases(database, shop) == 0


async def test_an_error_that_nobody_looked_at_undoes_everything_and_tells_what_it_was(
    database: Database, told: Told, shop: Shop
) -> None:
    """It arrives with COMMIT, and must be the error itself and not that later statements were skipped."""

    async def work(session: WriteSession) -> None:
        purchase = uuid7()
        await _insert(session, purchase, shop)
        session.announce("bought")
        await _insert(session, purchase, shop)
        for _ in range(5):
            await _insert(session, uuid7(), shop)

    for _ in range(20):
        with pytest.raises(psycopg.errors.UniqueViolation):
            await database.write(shop.store, work)
    assert told.events == []
    assert await _purchases(database, shop) == 0


async def test_an_error_in_the_middle_is_told_by_the_next_look(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await session.execute("INSERT INTO purchase (id) VALUES (NULL)")
        await session.fetch(Count, "SELECT count(*) FROM purchase")

    for _ in range(20):
        with pytest.raises(psycopg.errors.NotNullViolation):
            await database.write(shop.store, work)


async def test_a_swallowed_error_commits_nothing(database: Database, told: Told, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await _insert(session, uuid7(), shop)
        session.announce("bought")
        with contextlib.suppress(psycopg.errors.DivisionByZero):
            await session.fetch(Count, "SELECT 1 / 0 AS count")

    with pytest.raises(psycopg.Error):
        await database.write(shop.store, work)
    assert told.events == []
    assert await _purchases(database, shop) == 0


async def test_a_failure_leaves_the_connection_usable(database: Database, shop: Shop) -> None:
    async def backend(session: ReadSession) -> int:
        return (await session.fetch(Count, "SELECT pg_backend_pid() AS count"))[0].count

    before = await database.read(shop.store, backend)
    for statement in ("SELECT 1 / 0 AS count", "SELEC", "SELECT count(*) FROM no_such_table", "SELECT %s AS count"):
        with pytest.raises((psycopg.Error, TypeError)):
            await database.read(shop.store, lambda session, s=statement: session.fetch(Count, s))
        assert await database.read(shop.store, backend) == before
        assert await _purchases(database, shop) == 0


async def test_who_gives_up_waiting_leaves_the_connection_usable(database: Database, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await _insert(session, uuid7(), shop)
        await session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(5)")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await database.write(shop.store, work)
    assert await _purchases(database, shop) == 0


async def test_of_two_that_deadlock_both_succeed(wide: Database, shop: Shop) -> None:
    first, second = await shop.list_pets(2)
    met, runs = asyncio.Barrier(2), 0

    def crossing(order: list[str], name: str):
        tries = 0

        async def work(session: WriteSession) -> None:
            nonlocal tries, runs
            tries, runs = tries + 1, runs + 1
            for position, pet in enumerate(order):
                await session.fetch(
                    Name, "UPDATE pet SET description = description || %s WHERE id = %s RETURNING name", (name, pet)
                )
                if position == 0 and tries == 1:
                    await met.wait()

        return work

    async with asyncio.timeout(20):
        await asyncio.gather(
            wide.write(shop.store, crossing([first, second], "+one")),
            wide.write(shop.store, crossing([second, first], "+two")),
        )

    assert runs == 3
    query = "SELECT description AS name FROM pet"
    rows = await wide.read(shop.store, lambda session: session.fetch(Name, query))
    assert all(row.name.count("+one") == row.name.count("+two") == 1 for row in rows)


async def test_what_failed_the_first_time_is_announced_once(settings: Settings, told: Told, shop: Shop) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        session.announce(tries)
        if tries < 3:
            raise psycopg.errors.SerializationFailure
        await _insert(session, uuid7(), shop)

    pool = new_pool(settings.database_url.get_secret_value(), name="again", most=1)
    async with opened(Database(Nodes(pool), announce=told)) as database:
        await database.write(shop.store, work)
    assert (tries, told.events) == (3, [3])


async def test_trying_again_ends(database: Database, shop: Shop) -> None:
    tries = 0

    async def work(_session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        raise psycopg.errors.DeadlockDetected

    with pytest.raises(psycopg.errors.DeadlockDetected):
        await database.write(shop.store, work)
    assert tries == 5


async def test_a_deleted_store_is_gone_for_readers_and_writers(database: Database, other: Shop) -> None:
    await delete_store(other.runtime.stores, other.store)
    with pytest.raises(StoreGone):
        await _purchases(database, other)
    with pytest.raises(StoreGone):
        await database.write(other.store, lambda session: _insert(session, uuid4(), other))


async def test_a_missing_table_of_a_store_that_is_there_is_a_fault(database: Database, shop: Shop) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await database.read(shop.store, lambda session: session.fetch(Count, "SELECT count(*) FROM nothing"))


async def test_many_who_meet_a_deleted_store_do_not_starve_the_pool(database: Database, other: Shop) -> None:
    await delete_store(other.runtime.stores, other.store)
    async with asyncio.timeout(4):
        outcomes = await asyncio.gather(*(_purchases(database, other) for _ in range(10)), return_exceptions=True)
    assert all(isinstance(outcome, StoreGone) for outcome in outcomes), outcomes


@pytest.fixture
async def counted_database(settings: Settings, queries: Wire) -> AsyncIterator[Database]:
    pool = new_pool(queries.address(settings.database_url.get_secret_value()), name="counted", most=1)
    async with opened(Database(Nodes(pool))) as made:
        await made.read_platform(lambda session: session.fetch(Count, "SELECT 1 AS count"))
        yield made


async def test_a_read_of_one_statement_is_two_round_trips(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    with queries.counting() as count:
        await _purchases(counted_database, shop)
    assert count.statements[0] == "BEGIN READ ONLY"
    assert count.statements[-1] == "COMMIT"
    assert count.told == (5, 2), count.statements


async def test_statements_that_nobody_waits_for_cost_no_round_trip(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    async def work(session: WriteSession) -> None:
        for _ in range(10):
            await _insert(session, uuid7(), shop)

    with queries.counting() as count:
        await counted_database.write(shop.store, work)
    assert count.told == (14, 1), count.statements


async def test_statements_travel_by_the_extended_protocol(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    with pytest.raises(psycopg.errors.SyntaxError):
        await counted_database.read(shop.store, lambda session: session.fetch(Count, "SELECT 1 AS count; SELECT 2"))
