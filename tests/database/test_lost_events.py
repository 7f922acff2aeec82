"""An event loop that doesn't report a socket, like uvloop after a reset, doesn't block anyone."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from database.test_pipeline import backend
from database.transactions import Count, purchases
from menagerie.database import exchange
from menagerie.database.session import Database
from plain_postgres import DatabaseServer
from shop import Shop


class Deaf:
    """The running loop, except that it watches no sockets."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def add_reader(self, *_arguments: object) -> None:
        """Do nothing."""


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(exchange, "asyncio", SimpleNamespace(get_running_loop=Deaf))


async def test_an_answer_is_found_by_polling(database: Database, shop: Shop) -> None:
    assert await asyncio.wait_for(purchases(database, shop), 10) == 0


async def test_a_slow_answer_is_polled_until_it_arrives(database: Database, shop: Shop) -> None:
    began = time.monotonic()
    slow = "SELECT 1 AS count FROM pg_sleep(0.3)"
    rows = await asyncio.wait_for(database.read(shop.store, lambda session: session.fetch(Count, slow)), 10)
    assert rows == [Count(1)]
    assert time.monotonic() - began >= 0.3


async def test_a_connection_lost_while_idle_is_replaced(
    database: Database, shop: Shop, database_server: DatabaseServer
) -> None:
    ended = await asyncio.wait_for(backend(database, shop), 10)
    with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s::int, 5000)", (ended,))
    assert await asyncio.wait_for(purchases(database, shop), 10) == 0
    assert await asyncio.wait_for(backend(database, shop), 10) != ended
