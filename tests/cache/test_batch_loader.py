"""Concurrent requests load what they lack in batches, one batch of a group at a time."""

import asyncio
from collections.abc import Collection

import pytest

from menagerie.cache.batch_loader import BatchLoader


class Source:
    """Values to load; a load waits until it is let go."""

    def __init__(self) -> None:
        self.loads: list[tuple[str, set[int]]] = []
        self.begun = asyncio.Condition()
        self.go = asyncio.Semaphore(0)
        self.broken: set[int] = set()
        self.version = 0

    async def load(self, group: str, keys: Collection[int]) -> dict[int, str]:
        self.loads.append((group, set(keys)))
        async with self.begun:
            self.begun.notify_all()
        version = self.version
        await self.go.acquire()
        if self.broken & set(keys):
            raise LookupError
        return {key: f"{group}{key}@{version}" for key in keys if key >= 0}


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def loader(source: Source) -> BatchLoader[str, int, str]:
    return BatchLoader(source.load, max_keys=4)


Loader = BatchLoader[str, int, str]


async def _begun(source: Source, loads: int) -> None:
    async with asyncio.timeout(2), source.begun:
        await source.begun.wait_for(lambda: len(source.loads) >= loads)


async def test_what_is_wanted_meanwhile_is_loaded_together(source: Source, loader: Loader) -> None:
    first = asyncio.create_task(loader.load("a", [1]))
    await _begun(source, 1)
    others = [asyncio.create_task(loader.load("a", [key])) for key in (2, 3, 2)]
    for _ in range(10):
        await asyncio.sleep(0)  # as long as a batch that does not wait needs to begin
    assert source.loads == [("a", {1})]
    source.go.release()
    assert await first == {1: "a1@0"}
    await _begun(source, 2)
    source.go.release()
    assert await asyncio.gather(*others) == [{2: "a2@0", 3: "a3@0"}] * 3
    assert source.loads == [("a", {1}), ("a", {2, 3})]


async def test_nobody_gets_what_was_read_before_the_request(source: Source, loader: Loader) -> None:
    before = asyncio.create_task(loader.load("a", [1]))
    await _begun(source, 1)
    source.version = 1
    after = asyncio.create_task(loader.load("a", [1]))
    await asyncio.sleep(0)
    source.go.release()
    source.go.release()
    assert (await before, await after) == ({1: "a1@0"}, {1: "a1@1"})


async def test_groups_neither_mix_nor_wait_for_each_other(source: Source, loader: Loader) -> None:
    both = [asyncio.create_task(loader.load(group, [1])) for group in "ab"]
    await _begun(source, 2)
    source.go.release()
    source.go.release()
    assert await asyncio.gather(*both) == [{1: "a1@0"}, {1: "b1@0"}]


async def test_a_full_batch_takes_no_more(source: Source, loader: Loader) -> None:
    asked = [asyncio.create_task(loader.load("a", keys)) for keys in ([1, 2], [3, 4], [5], range(10, 20))]
    for _ in range(3):
        source.go.release()
    assert [set(loaded) for loaded in await asyncio.gather(*asked)] == [
        {1, 2, 3, 4},
        {1, 2, 3, 4},
        {5},
        set(range(10, 20)),
    ]


async def test_a_key_without_a_value_is_left_out(source: Source, loader: Loader) -> None:
    source.go.release()
    assert await loader.load("a", [-1, 1]) == {1: "a1@0"}


async def test_an_error_reaches_the_whole_batch_and_nobody_else(source: Source, loader: Loader) -> None:
    source.broken = {1}
    failing = [asyncio.create_task(loader.load("a", [1])) for _ in range(2)]
    await _begun(source, 1)
    next_one = asyncio.create_task(loader.load("a", [2]))
    for _ in range(2):
        source.go.release()
    assert [type(error) for error in await asyncio.gather(*failing, return_exceptions=True)] == [LookupError] * 2
    assert await next_one == {2: "a2@0"}
    source.go.release()
    assert await loader.load("a", [3]) == {3: "a3@0"}


async def test_a_cancelled_request_does_not_cancel_others(source: Source, loader: Loader) -> None:
    cancelled, other = (asyncio.create_task(loader.load("a", [key])) for key in (1, 2))
    await _begun(source, 1)
    cancelled.cancel()
    await asyncio.sleep(0)
    source.go.release()
    assert 2 in await other
    assert cancelled.cancelled()
