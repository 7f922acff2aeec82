"""Fair queueing: a bounded number of concurrent turns, shared round-robin among stores.

No store may hold all the turns, so a store with slow requests cannot starve the others. Waiting stores are served in
rotation, so a flood for one store lengthens only that store's line. Within a line, the earliest request goes first.
A line is only as long as can be served soon: a request that would wait longer is refused at once, and one that turns
out to have waited longer is refused when its turn comes, before any work is done.
"""

import asyncio
import math
import time
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Hashable
from contextvars import ContextVar
from dataclasses import dataclass, field
from operator import attrgetter
from types import TracebackType
from typing import NoReturn

from prometheus_client import Counter

from menagerie.errors import OverloadedError

_FIRST_SECONDS = 0.002
_WEIGHT = 1 / 256
"""Weight of one turn in the smoothed duration, which averages over about half a second: one stall counts little."""

_TOLERANCE = 1.25
"""How many times `max_wait` a waiter may actually wait; `max_wait` itself bounds only the estimate."""

arrived: ContextVar[float] = ContextVar("arrived")
"""When the current request arrived, by the monotonic clock. If unset, a request arrives when it joins the line."""


@dataclass(eq=False, slots=True)
class _Waiter:
    arrived: float
    turn: asyncio.Future[None]


_by_arrival = attrgetter("arrived")


@dataclass(eq=False, slots=True)
class _Line:
    """A store's running turns and its waiters."""

    turns: int = 0
    waiters: list[_Waiter] = field(default_factory=list[_Waiter])


class FairQueue:
    """Turns at a scarce resource."""

    def __init__(self, *, limit_per_store: int, limit: float = math.inf, max_wait: float, refused: Counter) -> None:
        """Start with all turns free.

        Args:
            limit_per_store: how many turns one store may hold.
            limit: how many turns all stores together may hold.
            max_wait: the longest estimated wait for a turn, in seconds.
            refused: counts the refused requests.
        """
        self.seconds = _FIRST_SECONDS
        """How long a turn takes, smoothed."""
        self.limit_per_store = limit_per_store
        self._limit = limit
        self._max_wait = max_wait
        self._refused = refused
        self._turns = 0
        self._lines: dict[Hashable, _Line] = {}
        self._waiting: deque[_Line] = deque()
        """The lines that have waiters, next one first."""
        self._waiters = 0
        """The number of waiters in all lines."""

    @property
    def is_busy(self) -> bool:
        """Whether anybody is waiting."""
        return self._waiters > 0

    @property
    def waiting(self) -> int:
        """How many are waiting."""
        return self._waiters

    @property
    def taken(self) -> int:
        """How many turns are taken."""
        return self._turns

    def is_full(self, store: Hashable) -> bool:
        """Whether a store's line is so long that a new request would be refused."""
        line = self._lines.get(store)
        return line is not None and self._wait(line, len(line.waiters) + 1) > self._max_wait

    def turn(self, store: Hashable) -> "Turn":
        """A turn of the store, as a context manager.

        Raises:
            OverloadedError: on entry, if the wait would be too long.
        """
        return Turn(self, store)

    async def take(self, store: Hashable) -> None:
        """Wait for a turn of the store.

        Raises:
            OverloadedError: if the wait would be too long.
        """
        line = self._lines.get(store)
        if line is None:
            line = self._lines[store] = _Line()
        if self._is_free(line):
            line.turns += 1
            self._turns += 1
            return
        since = time.monotonic()
        arrival = arrived.get(since)
        if self._wait(line, bisect_right(line.waiters, arrival, key=_by_arrival) + 1) > self._max_wait:
            self._leave(store, line)
            self._refuse()
        waiter = _Waiter(arrival, asyncio.get_running_loop().create_future())
        if not line.waiters:
            self._waiting.append(line)
        insort(line.waiters, waiter, key=_by_arrival)
        self._waiters += 1
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.cancelled():
                self._give_up(store, line, waiter)
            else:  # the turn came before the cancellation
                self._end(store)
            raise
        if time.monotonic() - since > self._max_wait * _TOLERANCE:  # turns took longer than estimated
            self._end(store)
            self._refuse()

    def give_back(self, store: Hashable, seconds: float) -> None:
        """End a turn that took this many seconds."""
        self.seconds += (seconds - self.seconds) * _WEIGHT
        self._end(store)

    def _is_free(self, line: _Line) -> bool:
        """Whether the next turn may be this line's."""
        return line.turns < self.limit_per_store and self._turns < self._limit

    def _wait(self, line: _Line, position: int) -> float:
        """The longest wait, in seconds, at a position in a line."""
        lines = len(self._waiting) + (not line.waiters)
        turns = min(position * lines, self._waiters + 1)  # the same from every line, but at most all waiters
        return max(position / self.limit_per_store, turns / self._limit) * self.seconds

    def _end(self, store: Hashable) -> None:
        line = self._lines[store]
        line.turns -= 1
        self._turns -= 1
        self._leave(store, line)
        for _ in range(len(self._waiting)):
            if self._turns >= self._limit:
                return
            waiting = self._waiting.popleft()
            if self._is_free(waiting):
                self._pass_on(waiting)
            if waiting.waiters:
                self._waiting.append(waiting)

    def _pass_on(self, line: _Line) -> None:
        while line.waiters:
            waiter = line.waiters.pop(0)
            self._waiters -= 1
            if not waiter.turn.done():  # otherwise it was just cancelled and is about to leave
                line.turns += 1
                self._turns += 1
                waiter.turn.set_result(None)
                return

    def _give_up(self, store: Hashable, line: _Line, waiter: _Waiter) -> None:
        if waiter in line.waiters:
            line.waiters.remove(waiter)
            self._waiters -= 1
            if not line.waiters:
                self._waiting.remove(line)
        self._leave(store, line)

    def _refuse(self) -> NoReturn:
        self._refused.inc()
        raise OverloadedError

    def _leave(self, store: Hashable, line: _Line) -> None:
        if not line.turns and not line.waiters and self._lines.get(store) is line:
            del self._lines[store]


class Turn:
    """One turn: `async with queue.turn(store): …`."""

    __slots__ = ("_begun", "_queue", "_store")

    def __init__(self, queue: FairQueue, store: Hashable) -> None:
        self._queue, self._store = queue, store
        self._begun = 0.0

    async def __aenter__(self) -> None:
        await self._queue.take(self._store)
        self._begun = time.monotonic()

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._queue.give_back(self._store, time.monotonic() - self._begun)
