"""Load during which something else is measured: what is requested, how often, and with what results.

It comes from a process of its own (`generator.py`), so that several loads at once do not wait for each other.
"""

import contextlib
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import IO, Any

from request import Request
from workbench import HERE, Workbench

Figures = dict[str, Any]


class Pace(Enum):
    """When requests are sent."""

    BY_THOUGHT = auto()
    """Each connection waits for its answer, thinks, and asks again (closed loop)."""
    BY_CLOCK = auto()
    """A fixed rate, whether answers have come or not (open loop), as long as a connection is free."""
    AT_ONCE = auto()
    """All at once, each over a new connection. A client that is told to come back later does so."""


@dataclass(frozen=True)
class Kind:
    """Requests of one kind, sent in turn, and their share of all."""

    requests: Sequence[bytes]
    share: float = 1.0


@dataclass(frozen=True)
class Plan:
    """A load to generate."""

    port: int
    authority: str
    kinds: Sequence[Kind]
    expected: bytes
    """What every right answer contains."""
    pace: Pace
    seconds: float
    """How long; for AT_ONCE, how long at most."""
    connections: int
    per_second: float = 0
    """For BY_CLOCK."""
    thought: tuple[float, float] = (0, 0)
    """For BY_THOUGHT: the least and the most seconds between an answer and the next request."""
    warm_up: float = 0
    """Seconds at the start in which answers do not count towards the rate."""
    timeout: float = 10
    """Seconds after which a request has failed."""


class Traffic:
    """A running load."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output

    def result(self) -> Figures:
        """Wait for its end, and return its figures; see `generator.py`."""
        return dict(json.loads(self._output.read() or sys.exit("The generator ended too soon.")))


@contextlib.contextmanager
def traffic(plan: Plan) -> Iterator[Traffic]:
    """Begin a load once all of its connections are open."""
    with working("generator.py", plan) as output:
        yield Traffic(output)


@contextlib.contextmanager
def working(program: str, job: object) -> Iterator[IO[bytes]]:
    """Run one of our programs on a job, in its own process; yields its output once it has begun."""
    process = subprocess.Popen([sys.executable, str(HERE / program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin
        assert process.stdout
        process.stdin.write(pickle.dumps(job))
        process.stdin.close()
        if not process.stdout.readline():
            sys.exit(f"{program} ended before it began.")
        yield process.stdout
    finally:
        process.kill()
        process.wait()


def run(plan: Plan) -> Figures:
    """Run a load to its end."""
    with traffic(plan) as begun:
        return begun.result()


def raw(bench: Workbench, requests: Sequence[Request]) -> list[bytes]:
    """The requests as bytes on the wire."""
    return [request.raw(bench.settings.port) for request in requests]


def faults(name: str, found: Figures) -> list[str]:
    """Why a load's figures do not count: anything but right answers and refusals that say when to come back."""
    reasons = [f"{name}: {count} times {kind}" for kind, count in found["errors"].items()]
    if found["refused_silently"]:
        reasons.append(f"{name}: {found['refused_silently']} refusals without Retry-After")
    return reasons
