"""A store's flood leaves connections to others, and a transaction that would wait too long is refused at once."""

import asyncio

from database.transactions import Count
from menagerie.database.session import MAX_WAIT_SECONDS, Database, ReadSession
from menagerie.errors import OverloadedError
from shop import Shop

HOLDING, AT_ONCE = 0.2, 3


async def find(database: Database, *shops: Shop) -> None:
    """Connect to the servers of the stores, which on Citus takes the first transaction a while."""
    for shop in shops:
        await database.read(shop.store, lambda session: session.fetch(Count, "SELECT 1::bigint AS count"))


async def hold(session: ReadSession, seconds: float = HOLDING) -> None:
    await session.fetch(Count, "SELECT 1::bigint AS count FROM pg_sleep(%s)", (seconds,))


async def test_a_flood_from_one_store_leaves_a_connection_for_another(wide: Database, shop: Shop, other: Shop) -> None:
    await find(wide, shop, other)
    loop = asyncio.get_running_loop()
    flood = [asyncio.create_task(wide.read(shop.store, lambda session: hold(session, 1.0))) for _ in range(2 * AT_ONCE)]
    async with asyncio.timeout(0.5):  # well before the flood finishes
        while wide.turns.taken < wide.turns.limit_per_store:  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.01)
    begun = loop.time()
    await wide.read(other.store, lambda session: session.fetch(Count, "SELECT 1::bigint AS count"))
    assert loop.time() - begun < 0.5  # before any of the flood finishes
    await asyncio.gather(*flood)


async def test_transactions_that_would_wait_too_long_are_refused_and_the_queue_goes_on(
    wide: Database, shop: Shop
) -> None:
    await find(wide, shop)
    loop = asyncio.get_running_loop()
    wide.turns.seconds, wide.turns._max_wait = HOLDING, MAX_WAIT_SECONDS
    served = int(MAX_WAIT_SECONDS / HOLDING + 1) * AT_ONCE
    line = [asyncio.create_task(wide.read(shop.store, hold)) for _ in range(served + 20)]
    begun = loop.time()
    results = await asyncio.wait({*line}, timeout=HOLDING / 2)
    assert all(isinstance(task.exception(), OverloadedError) for task in results[0])
    assert loop.time() - begun < HOLDING
    outcomes = await asyncio.gather(*line, return_exceptions=True)
    refused = sum(isinstance(outcome, OverloadedError) for outcome in outcomes)
    assert refused == len(results[0]) > 0
    assert loop.time() - begun < MAX_WAIT_SECONDS + 3 * HOLDING
    await wide.read(shop.store, lambda session: session.fetch(Count, "SELECT 1::bigint AS count"))
