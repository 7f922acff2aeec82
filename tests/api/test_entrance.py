"""Each event loop iteration starts a few requests, stores in turn; when too many wait, new ones are refused."""

import asyncio
import time

import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.types import Message

from menagerie.api import entrance as entrance_module
from menagerie.api.entrance import MAX_PER_ITERATION, Entrance, named_store
from menagerie.api.messages import Request
from menagerie.errors import OverloadedError
from menagerie.fair_queue import FairQueue
from shop import basic

STORES = {"pawsome", "ribbit", "whiskers"}
REFUSED = Counter("refused_here", "Refusals in this file.", registry=CollectorRegistry())


def turns(limit_per_store: int = 1) -> FairQueue:
    return FairQueue(limit_per_store=limit_per_store, max_wait=1.0, refused=REFUSED)


def entrance_to(stores: set[str] = STORES, operations: FairQueue | None = None) -> Entrance:
    return Entrance(stores.__contains__, operations or turns())


def asking(store: str) -> Request:
    """A request from a customer of the store."""
    return request("/graphql/storefront", basic(f"{store}/ada@example.com"))


def request(path: str, authorization: str, method: str = "POST") -> Request:
    async def receive() -> Message:
        raise AssertionError("Nobody reads the body.")

    headers = [(b"authorization", authorization.encode())] if authorization else []
    return Request({"method": method, "path": path, "headers": headers}, receive)


class Arrivals:
    """Requests that reach an entrance, and the iteration in which each began."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.begun: list[tuple[int, str]] = []
        self.iteration = 0
        self.tasks: list[asyncio.Task[None]] = []

    def arrive(self, store: str, count: int) -> None:
        self.tasks += [asyncio.create_task(self._enter(store)) for _ in range(count)]

    async def finish(self) -> None:
        while not all(task.done() for task in self.tasks):
            self.iteration += 1
            await asyncio.sleep(0)
        await asyncio.gather(*self.tasks)

    async def _enter(self, store: str) -> None:
        await self.entrance.enter(asking(store))
        self.begun.append((self.iteration, store))


async def test_few_requests_begin_per_iteration_and_all_begin_eventually() -> None:
    arrivals = Arrivals(entrance_to())
    arrivals.arrive("pawsome", 5 * MAX_PER_ITERATION)
    await arrivals.finish()
    began = [iteration for iteration, _ in arrivals.begun]
    assert len(began) == 5 * MAX_PER_ITERATION
    assert max(began.count(iteration) for iteration in began) == MAX_PER_ITERATION
    assert arrivals.entrance._begun == 0
    assert not arrivals.entrance._lines


async def test_requests_one_at_a_time_never_wait() -> None:
    entrance = entrance_to()
    for _ in range(3 * MAX_PER_ITERATION):
        entering = entrance.enter(asking("pawsome"))
        with pytest.raises(StopIteration):
            entering.send(None)
        await asyncio.sleep(0)


@pytest.mark.parametrize("flood", ["pawsome", "no-such-store", "another-each-time"])
async def test_a_flood_from_one_store_does_not_delay_another(flood: str) -> None:
    arrivals = Arrivals(entrance_to())
    for number in range(40 * MAX_PER_ITERATION):
        arrivals.arrive(f"{flood}-{number}" if flood == "another-each-time" else flood, 1)
    await asyncio.sleep(0)
    arrivals.iteration += 1
    arrivals.arrive("ribbit", 3)
    await arrivals.finish()
    late = [iteration for iteration, store in arrivals.begun if store == "ribbit"]
    assert max(late) <= 5
    assert max(iteration for iteration, _ in arrivals.begun) >= 39


async def test_a_request_behind_a_long_wait_is_refused_but_not_another_stores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entrance = entrance_to()
    arrivals = Arrivals(entrance)
    arrivals.arrive("pawsome", 10 * MAX_PER_ITERATION)
    await asyncio.sleep(0)
    before = entrance_module.SHED._value.get()
    monkeypatch.setattr(entrance_module, "TARGET_SECONDS", -1.0)
    monkeypatch.setattr(entrance_module, "INTERVAL_SECONDS", -1.0)
    with pytest.raises(OverloadedError):
        await entrance.enter(asking("pawsome"))
    arrivals.arrive("ribbit", 1)
    await arrivals.finish()
    assert entrance_module.SHED._value.get() - before == 1
    assert len(arrivals.begun) == 10 * MAX_PER_ITERATION + 1
    await entrance.enter(asking("pawsome"))


async def test_a_request_to_a_store_with_too_many_queued_operations_is_refused_first() -> None:
    operations = turns()
    entrance = entrance_to(operations=operations)
    async with operations.turn("pawsome"):
        waiting = asyncio.create_task(operations.take("pawsome"))
        await asyncio.sleep(0)
        await entrance.enter(asking("pawsome"))
        operations.seconds = 0.6  # two of them take longer than the maximum wait
        with pytest.raises(OverloadedError):
            await entrance.enter(asking("pawsome"))
        await entrance.enter(asking("ribbit"))
        await entrance.enter(request("/stores/pawsome/pictures/a/b", "", "GET"))
    await waiting
    await entrance.enter(asking("pawsome"))


async def test_a_refusal_is_delayed_without_delaying_anyone_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance_module, "MIN_REFUSAL_SECONDS", 0.2)
    operations = turns()
    entrance = entrance_to(operations=operations)
    async with operations.turn("pawsome"):
        waiting = asyncio.create_task(operations.take("pawsome"))
        await asyncio.sleep(0)
        operations.seconds = 0.6
        began = time.monotonic()
        refused = [asyncio.create_task(entrance.enter(asking("pawsome"))) for _ in range(50)]
        await asyncio.sleep(0)
        await entrance.enter(asking("ribbit"))
        assert time.monotonic() - began < 0.1
        answers = await asyncio.gather(*refused, return_exceptions=True)
    assert {type(answer) for answer in answers} == {OverloadedError}
    assert 0.2 <= time.monotonic() - began < 0.6
    await waiting


async def test_refusals_leave_at_a_bounded_rate_and_none_is_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance_module, "MIN_REFUSAL_SECONDS", 0.01)
    monkeypatch.setattr(entrance_module, "MAX_REFUSALS_PER_SECOND", 100)
    monkeypatch.setattr(entrance_module, "MAX_REFUSAL_SECONDS", 0.3)
    operations = turns()
    entrance = entrance_to(operations=operations)
    left: list[float] = []

    async def refused() -> None:
        with pytest.raises(OverloadedError):
            await entrance.enter(asking("pawsome"))
        left.append(time.monotonic() - began)

    async with operations.turn("pawsome"):
        waiting = asyncio.create_task(operations.take("pawsome"))
        await asyncio.sleep(0)
        operations.seconds = 0.6
        began = time.monotonic()
        await asyncio.gather(*(refused() for _ in range(60)))
    assert sum(moment < 0.15 for moment in left) <= 15
    assert 0.3 <= left[-1] < 0.5
    await waiting


async def test_a_request_is_refused_when_its_line_has_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    arrivals = Arrivals(entrance_to())
    monkeypatch.setattr(entrance_module, "MIN_REFUSAL_SECONDS", 0.01)
    monkeypatch.setattr(entrance_module, "TARGET_SECONDS", 0.05)
    monkeypatch.setattr(entrance_module, "INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(entrance_module, "MAX_WAIT_AT_TURN_SECONDS", 0.1)
    arrivals.arrive("pawsome", 2 * MAX_PER_ITERATION)
    await asyncio.sleep(0)
    time.sleep(0.15)  # noqa: ASYNC251  the loop is busy with something else
    with pytest.raises(OverloadedError):
        await arrivals.finish()
    assert len(arrivals.begun) == MAX_PER_ITERATION


async def test_a_stall_refuses_nobody_unless_the_line_stays_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance_module, "TARGET_SECONDS", 0.05)
    monkeypatch.setattr(entrance_module, "INTERVAL_SECONDS", 10.0)
    monkeypatch.setattr(entrance_module, "MAX_WAIT_AT_TURN_SECONDS", 0.1)
    arrivals = Arrivals(entrance_to())
    arrivals.arrive("pawsome", 4 * MAX_PER_ITERATION)
    await asyncio.sleep(0)
    time.sleep(0.15)  # noqa: ASYNC251  the loop is busy with something else
    arrivals.arrive("pawsome", MAX_PER_ITERATION)
    await arrivals.finish()
    assert len(arrivals.begun) == 5 * MAX_PER_ITERATION


async def test_a_line_is_overloaded_only_while_every_wait_is_too_long() -> None:
    line = entrance_module._Line(0.0)
    target, interval = entrance_module.TARGET_SECONDS, entrance_module.INTERVAL_SECONDS
    turn = asyncio.get_running_loop().create_future()

    def leaves(*, since: float, at: float) -> bool:
        return line.leave(entrance_module._Waiter(since, turn), at)

    assert not leaves(since=0.0, at=interval)
    assert not line.is_overloaded(interval)
    assert leaves(since=0.0, at=interval + 0.01)
    assert line.is_overloaded(interval + 0.01)
    assert not leaves(since=1.0, at=1.0 + target)
    assert not line.is_overloaded(1.0 + target + interval)
    assert line.is_overloaded(1.0 + target + interval + 0.01)


async def test_a_cancelled_request_takes_no_place() -> None:
    arrivals = Arrivals(entrance_to())
    arrivals.arrive("pawsome", 3 * MAX_PER_ITERATION)
    await asyncio.sleep(0)
    gone = arrivals.tasks[MAX_PER_ITERATION : 2 * MAX_PER_ITERATION]
    for task in gone:
        task.cancel()
    arrivals.tasks = [task for task in arrivals.tasks if task not in gone]
    await arrivals.finish()
    assert len(arrivals.begun) == 2 * MAX_PER_ITERATION
    assert not arrivals.entrance._lines


@pytest.mark.parametrize(
    ("path", "authorization", "store"),
    [
        ("/stores/pawsome/pictures/a/b", "", "pawsome"),
        ("/stores/ribbit", basic("pawsome/ada@example.com"), "ribbit"),
        ("/graphql/merchant", basic("pawsome/merlin"), "pawsome"),
        ("/graphql/platform", basic("merlin"), None),
        ("/graphql/signup", "", ""),
        ("/graphql/storefront", "Basic not-base64!", ""),
        ("/graphql/storefront", "Basic " + "A" * 5_000, None),
        ("/graphql/storefront", "Basic /w==", ""),
    ],
)
def test_the_store_that_a_request_names_is_found(path: str, authorization: str, store: str | None) -> None:
    named = named_store(request(path, authorization))
    assert named == store if store is not None else named not in STORES
