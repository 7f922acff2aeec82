"""Retryable failures are retried a few times, and domain events are published once."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from uuid_utils.compat import uuid7

from database.conftest import Subscriber
from database.transactions import Count, Name, insert, purchases
from menagerie.database.nodes import Nodes
from menagerie.database.privileges import SERVER_ROLE
from menagerie.database.retries import MAX_ATTEMPTS, Retries
from menagerie.database.session import Database, WriteSession, opened
from menagerie.settings import Settings
from shop import Shop

Grant = Callable[[], None]


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


@pytest.fixture
def denied(settings: Settings, shop: Shop) -> Iterator[Grant]:
    """Revoke the store's role from the server; call the fixture to grant the role again."""
    role, server = sql.Identifier(shop.store.role), sql.Identifier(SERVER_ROLE)
    assert settings.owner_database_url  # it granted the role, so only it can revoke it
    with psycopg.connect(settings.owner_database_url.get_secret_value(), autocommit=True) as connection:

        def grant() -> None:
            connection.execute(sql.SQL("GRANT {} TO {}").format(role, server))

        connection.execute(sql.SQL("REVOKE {} FROM {}").format(role, server))
        yield grant
        grant()


async def test_a_role_that_is_denied_for_a_moment_is_taken_over_a_new_connection(
    settings: Settings, shop: Shop, denied: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = "SELECT pg_backend_pid() AS count"
    nodes = Nodes(settings.database_url.get_secret_value(), name="denied", max_size=1)
    next_pool = Retries.next_pool

    async def granting(self: Retries, *failed: Any, **how: Any) -> Any:
        denied()
        return await next_pool(self, *failed, **how)

    monkeypatch.setattr(Retries, "next_pool", granting)
    async with opened(Database(nodes)) as database:
        before = await database.read_platform(lambda session: session.fetch(Count, backend))
        after = await database.read(shop.store, lambda session: session.fetch(Count, backend))
    assert before != after


async def test_a_role_that_stays_denied_is_an_error_after_a_few_tries(
    database: Database, shop: Shop, denied: Grant
) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        await insert(session, uuid7(), shop)
        await session.fetch(Name, "SELECT name FROM pet")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await database.write(shop.store, work)
    assert tries == MAX_ATTEMPTS
    denied()
    assert await purchases(database, shop) == 0


async def test_a_statement_that_is_denied_is_not_tried_again(database: Database, shop: Shop) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        await session.fetch(Name, "SELECT slug AS name FROM platform.store")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await database.write(shop.store, work)
    assert tries == 1
