"""How a session ends: a finished one is committed and accepts no more statements, from anyone."""

import asyncio

import psycopg
import pytest
from uuid_utils.compat import uuid7

from database.conftest import Subscriber
from database.transactions import Count, insert, purchases
from menagerie.database.session import Database, ReadSession, WriteSession
from shop import Shop


async def test_a_finished_session_is_committed_and_accepts_no_more_statements(
    database: Database, subscriber: Subscriber, shop: Shop
) -> None:
    query = "SELECT count(*) FROM purchase"

    async def work(session: WriteSession) -> list[Count]:
        await insert(session, uuid7(), shop)
        session.publish("bought")
        rows = await session.finish(Count, query)
        for refused in (session.fetch, session.send, session.finish):
            with pytest.raises(RuntimeError, match="has ended"):
                await refused(Count, query)
        with pytest.raises(RuntimeError, match="has ended"):
            await insert(session, uuid7(), shop)
        return rows

    assert await database.write(shop.store, work) == [Count(1)]
    assert subscriber.events == ["bought"]
    assert await purchases(database, shop) == 1


async def test_an_exception_after_the_end_undoes_nothing(
    database: Database, subscriber: Subscriber, shop: Shop
) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        session.publish("bought")
        await insert(session, uuid7(), shop)
        await session.finish(Count, "SELECT 1 AS count")
        raise psycopg.errors.SerializationFailure

    with pytest.raises(psycopg.errors.SerializationFailure):
        await database.write(shop.store, work)
    assert (tries, subscriber.events, await purchases(database, shop)) == (1, ["bought"], 1)


async def test_a_failing_last_statement_commits_nothing(database: Database, subscriber: Subscriber, shop: Shop) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        session.publish("bought")
        await session.finish(Count, "SELECT 1 / 0 AS count")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await database.write(shop.store, work)
    assert (subscriber.events, await purchases(database, shop)) == ([], 0)


async def test_a_leaked_session_is_unusable(database: Database, shop: Shop) -> None:
    async def work(session: ReadSession) -> ReadSession:
        return session

    kept = await database.read(shop.store, work)
    with pytest.raises(RuntimeError, match="has ended"):
        await kept.fetch(Count, "SELECT 1 AS count")


async def test_a_session_belongs_to_one_task(database: Database, shop: Shop) -> None:
    async def work(session: ReadSession) -> None:
        await asyncio.gather(*(session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(0.1)") for _ in range(2)))

    with pytest.raises(RuntimeError, match="Another task"):
        await database.read(shop.store, work)
    assert await purchases(database, shop) == 0
