"""What goes over the wire: how many statements, in how many round trips, over which protocol."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from uuid_utils.compat import uuid7

from database.transactions import Count, insert, purchases
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database, WriteSession, opened
from menagerie.settings import Settings
from shop import Shop
from wire import Wire


@pytest.fixture(params=[0, 100], ids=["unprepared", "prepared"])
async def counted_database(
    settings: Settings, queries: Wire, shop: Shop, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    address = queries.address(settings.database_url.get_secret_value())
    nodes = Nodes(address, name="counted", max_size=1, prepared=request.param)
    async with opened(Database(nodes)) as made:
        await made.nodes.pool_of(shop.store)  # asked once per process
        yield made


async def test_a_read_of_one_statement_is_two_round_trips(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    with queries.counting() as count:
        await purchases(counted_database, shop)
    assert count.statements[0] == "BEGIN READ ONLY"
    assert count.statements[-1] == "COMMIT"
    assert count.counts == (5, 2), count.statements


async def test_a_read_that_finishes_with_its_statement_is_one_round_trip(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    query = "SELECT count(*) FROM purchase"
    with queries.counting() as count:
        await counted_database.read(shop.store, lambda session: session.finish(Count, query))
    assert count.statements[-2:] == [query, "COMMIT"]
    assert count.counts == (5, 1), count.statements


async def test_a_write_that_finishes_with_its_result_is_one_round_trip(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    async def work(session: WriteSession) -> list[Count]:
        await insert(session, uuid7(), shop)
        return await session.finish(Count, "SELECT count(*) FROM purchase")

    with queries.counting() as count:
        assert await counted_database.write(shop.store, work) == [Count(1)]
    assert count.counts == (6, 1), count.statements


async def test_work_that_fails_before_waiting_costs_no_round_trip(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        raise LookupError

    with queries.counting() as count, pytest.raises(LookupError):
        await counted_database.write(shop.store, work)
    assert count.counts == (0, 0), count.statements


async def test_statements_without_waiting_cost_no_round_trip(
    counted_database: Database, queries: Wire, shop: Shop
) -> None:
    async def work(session: WriteSession) -> None:
        for _ in range(10):
            await insert(session, uuid7(), shop)

    with queries.counting() as count:
        await counted_database.write(shop.store, work)
    assert count.counts == (14, 1), count.statements


async def test_statements_use_the_extended_protocol(counted_database: Database, queries: Wire, shop: Shop) -> None:
    with pytest.raises(psycopg.errors.SyntaxError):
        await counted_database.read(shop.store, lambda session: session.fetch(Count, "SELECT 1 AS count; SELECT 2"))
