"""One store's flood leaves connections to the others, and who would wait too long is refused at once."""

import asyncio
from uuid import uuid4

from database.work import Count
from menagerie.database.session import Database, ReadSession
from menagerie.database.turns import MAX_WAIT_SECONDS, Turns
from menagerie.errors import Overloaded
from shop import Shop

HOLDING, AT_ONCE = 0.2, 3


async def hold(session: ReadSession) -> None:
    await session.fetch(Count, "SELECT 1::bigint AS count FROM pg_sleep(%s)", (HOLDING,))


async def test_a_store_that_floods_leaves_a_connection_to_another(wide: Database, shop: Shop, other: Shop) -> None:
    loop = asyncio.get_running_loop()
    flood = [asyncio.create_task(wide.read(shop.store, hold)) for _ in range(10 * AT_ONCE)]
    await asyncio.sleep(HOLDING / 2)
    begun = loop.time()
    await wide.read(other.store, lambda session: session.fetch(Count, "SELECT 1::bigint AS count"))
    assert loop.time() - begun < HOLDING
    await asyncio.gather(*flood)


async def test_who_would_wait_too_long_is_refused_at_once_and_the_line_goes_on(wide: Database, shop: Shop) -> None:
    loop = asyncio.get_running_loop()
    wide.turns.seconds = HOLDING
    served = int(MAX_WAIT_SECONDS / HOLDING + 1) * AT_ONCE
    line = [asyncio.create_task(wide.read(shop.store, hold)) for _ in range(served + 20)]
    begun = loop.time()
    results = await asyncio.wait({*line}, timeout=HOLDING / 2)
    assert all(isinstance(task.exception(), Overloaded) for task in results[0])
    assert loop.time() - begun < HOLDING
    outcomes = await asyncio.gather(*line, return_exceptions=True)
    refused = sum(isinstance(outcome, Overloaded) for outcome in outcomes)
    assert refused == len(results[0]) > 0
    assert loop.time() - begun < MAX_WAIT_SECONDS + 3 * HOLDING
    await wide.read(shop.store, lambda session: session.fetch(Count, "SELECT 1::bigint AS count"))


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    turns, store = Turns(1), uuid4()

    async def take() -> None:
        async with turns.turn(store):
            pass

    async with turns.turn(store):
        waiting = [asyncio.create_task(take()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting[:2]:
            task.cancel()
    await waiting[2]
    assert not turns._lines


async def test_how_long_turns_take_is_learnt() -> None:
    turns = Turns(4)
    turns.seconds = 1.0
    for _ in range(1_000):
        async with turns.turn(uuid4()):
            await asyncio.sleep(0.001)
    assert turns.seconds < 0.1
