"""One store's flood leaves connections to the others."""

import asyncio
from uuid import uuid4

import pytest
from psycopg_pool import PoolTimeout

from database.work import Count
from menagerie.database import turns
from menagerie.database.session import Database, ReadSession
from menagerie.database.turns import Turns
from shop import Shop

HOLDING, FLOOD = 0.3, 40


async def hold(session: ReadSession) -> None:
    await session.fetch(Count, "SELECT 1::bigint AS count FROM pg_sleep(%s)", (HOLDING,))


async def test_a_store_that_floods_leaves_a_connection_to_another(wide: Database, shop: Shop, other: Shop) -> None:
    flood = [asyncio.create_task(wide.read(shop.store, hold)) for _ in range(FLOOD)]
    await asyncio.sleep(HOLDING / 2)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await wide.read(other.store, lambda session: session.fetch(Count, "SELECT 1::bigint AS count"))
    assert loop.time() - begun < HOLDING
    await asyncio.gather(*flood)
    assert wide.turns.longest_wait() > FLOOD / 4 * HOLDING / 2
    assert wide.turns.longest_wait() == 0


async def test_who_waits_too_long_is_told_and_the_turns_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_WAIT_SECONDS", 0.05)
    made, store = Turns(4), uuid4()
    for _ in range(3):
        await made.begin(store)
    with pytest.raises(PoolTimeout):
        await made.begin(store)
    waiting = asyncio.create_task(made.begin(store))
    await asyncio.sleep(0)
    made.end(store)
    await waiting
    for _ in range(3):
        made.end(store)
    assert not made._lines


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    made, store = Turns(1), uuid4()
    await made.begin(store)
    waiting = [asyncio.create_task(made.begin(store)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in waiting[:2]:
        task.cancel()
    made.end(store)
    await waiting[2]
    made.end(store)
    assert not made._lines
