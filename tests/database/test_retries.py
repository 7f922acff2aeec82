"""Retryable failures are retried a few times, and domain events are published once."""

import asyncio

import psycopg
import pytest
from uuid_utils.compat import uuid7

from database.conftest import Subscriber
from database.transactions import Name, insert
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database, WriteSession, opened
from menagerie.settings import Settings
from shop import Shop


async def test_two_deadlocked_transactions_both_succeed(wide: Database, shop: Shop) -> None:
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


async def test_a_retried_transaction_publishes_once(settings: Settings, subscriber: Subscriber, shop: Shop) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        session.publish(tries)
        if tries < 3:
            raise psycopg.errors.SerializationFailure
        await insert(session, uuid7(), shop)

    nodes = Nodes(settings.database_url.get_secret_value(), name="again", max_size=1)
    async with opened(Database(nodes, publish=subscriber)) as database:
        await database.write(shop.store, work)
    assert (tries, subscriber.events) == (3, [3])


async def test_retries_are_limited(database: Database, shop: Shop) -> None:
    tries = 0

    async def work(_session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        raise psycopg.errors.DeadlockDetected

    with pytest.raises(psycopg.errors.DeadlockDetected):
        await database.write(shop.store, work)
    assert tries == 5
