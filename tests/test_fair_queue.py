"""Stores take turns, a flood only delays its own store, and requests that would wait too long are refused."""

import asyncio
import math
import random
from collections import Counter as Tally
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry, Counter

from menagerie.errors import OverloadedError
from menagerie.fair_queue import FairQueue, arrived

MAX_WAIT_SECONDS = 2.0
REFUSED = Counter("refused", "Refusals in this file.", registry=CollectorRegistry())


def queue(limit_per_store: int, limit: float = math.inf) -> FairQueue:
    return FairQueue(limit_per_store=limit_per_store, limit=limit, max_wait=MAX_WAIT_SECONDS, refused=REFUSED)


async def test_a_cancelled_wait_takes_no_turn() -> None:
    turns, store = queue(1), uuid4()

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


async def test_turns_go_by_arrival_and_equal_arrivals_keep_their_order() -> None:
    turns, store, served = queue(1), uuid4(), list[str]()

    async def take(name: str, at: float) -> None:
        arrived.set(at)
        async with turns.turn(store):
            served.append(name)

    async with turns.turn(store):
        arrivals = [("third", 2.0), ("first", 1.0), ("fourth", 2.0), ("second", 1.0)]
        waiting = [asyncio.create_task(take(*each)) for each in arrivals]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert served == ["first", "second", "third", "fourth"]


async def test_the_first_arrival_is_not_refused_because_of_later_ones() -> None:
    turns, store = queue(1), uuid4()
    turns.seconds = MAX_WAIT_SECONDS / 2

    async def take(at: float) -> None:
        arrived.set(at)
        async with turns.turn(store):
            pass

    async with turns.turn(store):
        later = [asyncio.create_task(take(2.0)) for _ in range(3)]
        await asyncio.sleep(0)
        first = asyncio.create_task(take(1.0))
        await asyncio.sleep(0)
        assert [isinstance(task.exception(), OverloadedError) for task in later if task.done()] == [True]
        assert not first.done()
    await asyncio.gather(first, *later, return_exceptions=True)
    assert first.exception() is None


async def test_a_turn_that_comes_too_late_is_refused_and_passed_on() -> None:
    turns = FairQueue(limit_per_store=1, max_wait=0.05, refused=REFUSED)
    async with turns.turn("store"):
        late = asyncio.create_task(_held(turns, "store", 0.0))
        await asyncio.sleep(0.08)
        soon = asyncio.create_task(_held(turns, "store", 0.0))
        await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await late
    await asyncio.wait_for(soon, 1)
    assert not turns._lines


@pytest.mark.parametrize("has_turn", [False, True])
async def test_a_cancelled_waiters_turn_goes_to_the_next(has_turn: bool) -> None:
    turns, store = queue(1), uuid4()
    holder = turns.turn(store)
    await holder.__aenter__()

    async def take() -> None:
        async with turns.turn(store):
            pass

    first, second = [asyncio.create_task(take()) for _ in range(2)]
    await asyncio.sleep(0)
    if not has_turn:
        first.cancel()
    await holder.__aexit__(None, None, None)
    first.cancel()
    await asyncio.wait_for(second, 1)
    assert first.cancelled()
    assert not turns._lines


async def test_the_duration_of_turns_is_learned() -> None:
    turns = queue(4)
    turns.seconds = 1.0
    for _ in range(1_000):
        async with turns.turn(uuid4()):
            await asyncio.sleep(0.001)
    assert turns.seconds < 0.1


async def test_waiting_stores_are_served_in_turn() -> None:
    turns, served = queue(1, limit=1), list[str]()

    async def take(store: str) -> None:
        async with turns.turn(store):
            served.append(store)
            await asyncio.sleep(0)

    async with turns.turn("held"):
        waiting = [asyncio.create_task(take(store)) for store in "aaaaaabbc"]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert "".join(served) == "abcabaaaa"
    assert not turns._lines
    assert not turns._waiting


async def test_another_store_waits_for_one_turn_and_not_for_the_flood() -> None:
    turns = queue(3, limit=4)
    flood = [asyncio.create_task(_held(turns, "flood", 0.05)) for _ in range(60)]
    await asyncio.sleep(0)
    assert turns._lines["flood"].turns == 3
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(_held(turns, "another", 0.0) for _ in range(4)))
    assert loop.time() - begun < 0.05
    await asyncio.gather(*flood)


async def test_other_stores_queues_count_only_as_far_as_they_are_served_first() -> None:
    turns = queue(3, limit=4)
    turns.seconds = MAX_WAIT_SECONDS / 2
    begun = [asyncio.create_task(_held(turns, store, 0.05)) for store in "aaab"]
    await asyncio.sleep(0)

    async def refused(store: str, count: int) -> int:
        tasks = [asyncio.create_task(_held(turns, store, 0.0)) for _ in range(count)]
        begun.extend(tasks)
        await asyncio.sleep(0)
        return sum(task.done() and isinstance(task.exception(), OverloadedError) for task in tasks)

    assert await refused("c", 10) == 4  # three at once, so six take two seconds
    assert await refused("d", 10) == 6  # the fourth has four of the other store's ahead of it, and four run at once
    assert await refused("e", 10) == 8  # the same for two other stores
    await asyncio.gather(*begun, return_exceptions=True)


async def test_no_order_of_arrivals_and_cancellations_loses_a_turn() -> None:
    chance = random.Random(1)
    turns, most = queue(3, limit=4), Tally[str]()
    now = Tally[str]()

    async def work(store: str) -> None:
        async with turns.turn(store):
            now[store] += 1
            most[store] = max(most[store], now[store])
            most["together"] = max(most["together"], now.total())
            try:
                await asyncio.sleep(chance.choice((0, 0, 0.001)))
            finally:
                now[store] -= 1

    for _ in range(60):
        tasks = [asyncio.create_task(work(chance.choice("abc"))) for _ in range(40)]
        for task in chance.sample(tasks, 20):
            if chance.random() < 0.5:
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert most == {"a": 3, "b": 3, "c": 3, "together": 4}
    assert (turns._turns, turns._waiters, turns._lines, [*turns._waiting]) == (0, 0, {}, [])


async def _held(turns: FairQueue, store: str, seconds: float) -> None:
    async with turns.turn(store):
        await asyncio.sleep(seconds)
