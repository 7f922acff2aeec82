"""How a session ends: what is finished is committed and takes nothing more, and nobody else can use it."""

import asyncio

import psycopg
import pytest
from uuid_utils.compat import uuid7

from database.conftest import Subscriber
from database.work import Count, insert, purchases
from menagerie.database.session import Database, ReadSession, WriteSession
from shop import Shop


async def test_what_is_finished_is_committed_and_takes_nothing_more(
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


async def test_what_is_raised_after_the_end_takes_nothing_back(
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


async def test_what_fails_with_its_last_statement_is_not_committed(
    database: Database, subscriber: Subscriber, shop: Shop
) -> None:
    async def work(session: WriteSession) -> None:
        await insert(session, uuid7(), shop)
        session.publish("bought")
        await session.finish(Count, "SELECT 1 / 0 AS count")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await database.write(shop.store, work)
    assert (subscriber.events, await purchases(database, shop)) == ([], 0)


async def test_a_session_that_was_kept_is_of_no_use(database: Database, shop: Shop) -> None:
    async def work(session: ReadSession) -> ReadSession:
        return session

    kept = await database.read(shop.store, work)
    with pytest.raises(RuntimeError, match="has ended"):
        await kept.fetch(Count, "SELECT 1 AS count")


async def test_a_session_is_of_one_task(database: Database, shop: Shop) -> None:
    async def work(session: ReadSession) -> None:
        await asyncio.gather(*(session.fetch(Count, "SELECT 1 AS count FROM pg_sleep(0.1)") for _ in range(2)))

    with pytest.raises(RuntimeError, match="Another task"):
        await database.read(shop.store, work)
    assert await purchases(database, shop) == 0
