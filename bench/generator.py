"""The process that generates the load of a plan, which it reads pickled from standard input.

It writes an empty line when it begins, and its results as JSON at the end.
"""

import asyncio
import contextlib
import gc
import itertools
import math
import pickle
import random
import ssl
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import uvloop

from connection import Answer, Connection
from tally import figures
from traffic import Pace, Plan

_OPENED_AT_ONCE = 32
_OPENING_SECONDS = 60
"""For one connection: the server may still be catching up with the previous load."""
_DRAWN = 10_000
_REFUSALS = {429, 503}


def _moments() -> "array[float]":
    return array("d")


@dataclass
class _Counts:
    """The outcomes of requests, and how long they took: from when they were due, if that was earlier."""

    plan: Plan
    begins: float
    ends: float
    accepted: "array[float]" = field(default_factory=_moments)
    refused: "array[float]" = field(default_factory=_moments)
    late: "array[float]" = field(default_factory=_moments)
    """How long after they were due requests were sent."""
    in_time: Counter[str] = field(default_factory=Counter)
    """How many answers came in the period that counts for rates."""
    refused_silently: int = 0
    unsent: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def take(self, due: float, outcome: Answer | Exception) -> None:
        """Record the outcome of a request."""
        if not isinstance(outcome, Answer):
            self.errors[type(outcome).__name__] += 1
        elif outcome.status in _REFUSALS:
            self.refused.append(outcome.moment - due)
            self.in_time["refused"] += self.begins <= outcome.moment < self.ends
            self.refused_silently += outcome.retry_after is None
        elif outcome.status != 200:
            self.errors[f"status {outcome.status}"] += 1
        elif self.plan.expected not in outcome.body or b'"errors":' in outcome.body:
            self.errors[f"wrong answer {outcome.body[:80]!r}"] += 1
        else:
            self.accepted.append(outcome.moment - due)
            self.in_time["accepted"] += self.begins <= outcome.moment < self.ends

    def summary(self, seconds: float, cores: float) -> dict[str, Any]:
        """All figures: milliseconds of everything that was sent, and rates of the answers over this many seconds."""
        return {
            "seconds": seconds,
            "accepted": figures(self.accepted) | {"rate": self.in_time["accepted"] / seconds},
            "refused": figures(self.refused) | {"rate": self.in_time["refused"] / seconds},
            "refused_silently": self.refused_silently,
            "unsent": self.unsent,
            "late": figures(self.late),
            "errors": dict(self.errors),
            "generator_cores": cores,
        }


def _drawn(plan: Plan) -> Iterator[bytes]:
    """The requests, with each kind's share of them, and in turn within a kind."""
    kinds = [itertools.cycle(kind.requests) for kind in plan.kinds]
    chance = random.Random(1)
    drawn = chance.choices(kinds, [kind.share for kind in plan.kinds], k=_DRAWN)
    return (next(kind) for kind in itertools.cycle(drawn))


async def _run(plan: Plan) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=plan.authority)
    gate = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def opened() -> Connection:
        async with gate:
            return await Connection.open(plan.port, context, timeout=_OPENING_SECONDS)

    at_once = plan.pace is Pace.AT_ONCE
    connections = [] if at_once else await asyncio.gather(*(opened() for _ in range(plan.connections)))
    requests = _drawn(plan)
    gc.collect()
    gc.disable()
    sys.stdout.write("\n")
    sys.stdout.flush()
    begun, used = time.monotonic(), time.process_time()
    counts = _Counts(plan, begun + plan.warm_up, math.inf if at_once else begun + plan.seconds)
    match plan.pace:
        case Pace.AT_ONCE:
            each = plan.kinds[0].requests
            await asyncio.gather(*(_come_until_in(plan, context, request, counts, begun) for request in each))
        case Pace.BY_THOUGHT:
            await asyncio.gather(*(_think_and_ask(plan, one, requests, counts) for one in connections))
        case Pace.BY_CLOCK:
            await _send_by_clock(plan, connections, requests, counts)
    seconds = time.monotonic() - begun if at_once else plan.seconds - plan.warm_up
    cores = (time.process_time() - used) / (time.monotonic() - begun)
    for connection in connections:
        connection.close()
    return counts.summary(seconds, cores)


async def _think_and_ask(plan: Plan, connection: Connection, requests: Iterator[bytes], counts: _Counts) -> None:
    chance, ends = random.Random(id(connection)), time.monotonic() + plan.seconds
    await asyncio.sleep(chance.uniform(0, plan.thought[1]))
    while time.monotonic() < ends and connection.is_open:
        begun = time.monotonic()
        try:
            counts.take(begun, await connection.ask(next(requests), timeout=plan.timeout))
        except OSError as error:
            counts.take(begun, error)
        if plan.thought[1]:
            await asyncio.sleep(chance.uniform(*plan.thought))


async def _come_until_in(plan: Plan, context: ssl.SSLContext, request: bytes, counts: _Counts, begun: float) -> None:
    """Ask over a new connection, and again over another when refused. Each try is timed from when it was due."""
    due = begun
    while True:
        try:
            connection = await Connection.open(plan.port, context, timeout=plan.timeout)
            answer = await connection.ask(request, timeout=plan.timeout)
        except OSError as error:
            counts.take(due, error)
            return
        connection.close()
        counts.take(due, answer)
        if answer.status not in _REFUSALS or answer.retry_after is None or time.monotonic() > begun + plan.seconds:
            return
        await asyncio.sleep(answer.retry_after)
        due = time.monotonic()


async def _send_by_clock(plan: Plan, connections: list[Connection], requests: Iterator[bytes], counts: _Counts) -> None:
    free, begun = deque(connections), time.monotonic()
    number = under_way = 0
    settled, over = asyncio.Event(), False

    def ended(connection: Connection, due: float, outcome: Answer | Exception) -> None:
        nonlocal under_way
        if over:
            return
        under_way -= 1
        counts.take(due, outcome)
        if isinstance(outcome, Answer):
            free.append(connection)
        if not under_way:
            settled.set()

    while (now := time.monotonic()) < begun + plan.seconds:
        while (due := begun + number / plan.per_second) <= now:
            number += 1
            while free and not free[0].is_open:
                free.popleft()
            if not free:
                counts.unsent += 1
                continue
            connection = free.popleft()
            counts.late.append(now - due)
            under_way += 1
            connection.send(next(requests), partial(ended, connection, due))
        await asyncio.sleep(max(0.001, due - time.monotonic()))
    settled.clear()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(plan.timeout if under_way else 0):
            await settled.wait()
    over = True
    if under_way:
        counts.errors[f"no answer in {plan.timeout:g} s"] += under_way


def main() -> None:
    """Generate the load."""
    plan: Plan = pickle.loads(sys.stdin.buffer.read())
    result = uvloop.run(_run(plan))
    sys.stdout.buffer.write(orjson.dumps(result))


if __name__ == "__main__":
    main()
