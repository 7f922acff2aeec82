"""The entrance: only a few requests begin per iteration of the event loop, so that those in progress can finish.

An event loop runs callbacks in the order in which they become ready. When thousands of requests arrive, every step of
those being answered waits until all the new ones have begun, and soon nothing gets answered. So new requests wait at
the entrance, in one line per store, and the lines are served round-robin. If the first request in a line has waited
too long, new ones are refused, and so are operations whose store has too long a line (fair_queue.py).

Refusals are delayed briefly and sent at a bounded rate (a leaky bucket). Otherwise clients that retry as soon as they
are refused would keep the process busy with refusals, and the slower it answered the others, the more it would have to
refuse.

Requests queue by the store that they name. The name is not authenticated yet, so a flood in a store's name counts
against that store; all unknown names share one line.
"""

import asyncio
import base64
import binascii
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from prometheus_client import Counter

from menagerie.api.messages import Request
from menagerie.errors import OverloadedError
from menagerie.fair_queue import FairQueue

MAX_PER_ITERATION = 4
"""How many requests begin per iteration. One takes up to a millisecond, and waits for a dozen iterations."""
TARGET_SECONDS = 0.25
"""The delay beyond which a line is slow. An overloaded line refuses new requests while its first has waited longer."""
INTERVAL_SECONDS = 0.5
"""A line that has been slow for this long without a break is overloaded."""
MAX_WAIT_AT_TURN_SECONDS = 0.4
"""The longest that a request may have waited when its turn comes in an overloaded line; the line may have slowed."""
MIN_REFUSAL_SECONDS = 0.5
"""The shortest delay of a refusal."""
MAX_REFUSAL_SECONDS = 5.0
"""The longest delay of a refusal. If more are waiting than can be sent in that time, they exceed the rate."""
MAX_REFUSALS_PER_SECOND = 400
"""Per process; they take less than a tenth of its time."""
_MAX_CREDENTIALS = 128
"""How many Base64 characters of the header are searched for a slug."""

SHED = Counter("menagerie_requests_shed", "Requests rejected because of too much load.")


class _Waiter(NamedTuple):
    since: float
    turn: asyncio.Future[None]


class _Line:
    """The waiters of a store."""

    __slots__ = ("_fast_at", "waiters")

    def __init__(self, now: float) -> None:
        self.waiters: deque[_Waiter] = deque()
        self._fast_at = now
        """When the line was last not slow."""

    def is_overloaded(self, now: float) -> bool:
        """Whether the line has been slow for a whole interval."""
        return now - self._fast_at > INTERVAL_SECONDS

    def leave(self, waiter: _Waiter, now: float) -> bool:
        """Record the delay of a waiter whose turn has come. Returns whether to refuse the waiter."""
        delay = now - waiter.since
        if delay <= TARGET_SECONDS:
            self._fast_at = now
        return delay > MAX_WAIT_AT_TURN_SECONDS and self.is_overloaded(now)


class Entrance:
    """Where requests begin."""

    def __init__(self, is_store: Callable[[str], bool], turns: FairQueue) -> None:
        """Start with no request waiting.

        Args:
            is_store: whether a store with this slug is known, without any I/O.
            turns: the turns at operations, by store slug.
        """
        self._is_store = is_store
        self._turns = turns
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        """The waiters of each store; the next store first."""
        self._begun = 0
        """How many began in this iteration."""
        self._last_refusal = 0.0
        """When the last of the delayed refusals is sent."""

    async def enter(self, request: Request) -> None:
        """Wait until the request may begin.

        Raises:
            OverloadedError: if too many are already waiting.
        """
        # Pages and pictures are not requested with POST and take no turn.
        if self._turns.is_busy and request.method == "POST" and self._turns.is_full(self._store(request)):
            await self._refuse()
        if not self._begun and not self._lines:
            asyncio.get_running_loop().call_soon(self._next_iteration)
        if self._begun < MAX_PER_ITERATION and not self._lines:
            self._begun += 1
            return
        now, store = time.monotonic(), self._store(request)
        line = self._lines.get(store)
        if line is None:
            line = self._lines[store] = _Line(now)
        elif now - line.waiters[0].since > TARGET_SECONDS and line.is_overloaded(now):
            await self._refuse()
        waiter = _Waiter(now, asyncio.get_running_loop().create_future())
        line.waiters.append(waiter)
        await waiter.turn
        if line.leave(waiter, time.monotonic()):
            await self._refuse()

    def _next_iteration(self) -> None:
        self._begun = 0
        while self._lines and self._begun < MAX_PER_ITERATION:
            store, line = self._lines.popitem(last=False)
            waiter = line.waiters.popleft()
            if line.waiters:
                self._lines[store] = line
            if not waiter.turn.done():  # otherwise it was cancelled
                waiter.turn.set_result(None)
                self._begun += 1
        if self._begun:
            asyncio.get_running_loop().call_soon(self._next_iteration)

    def _store(self, request: Request) -> str:
        named = named_store(request)
        return named if self._is_store(named) else ""

    async def _refuse(self) -> NoReturn:
        SHED.inc()
        now = time.monotonic()
        leaves = max(now + MIN_REFUSAL_SECONDS, self._last_refusal + 1 / MAX_REFUSALS_PER_SECOND)
        self._last_refusal = min(leaves, now + MAX_REFUSAL_SECONDS)
        await asyncio.sleep(self._last_refusal - now)
        raise OverloadedError


def named_store(request: Request) -> str:
    """The slug that a request names in its address or its credentials; empty if it names none."""
    match request.path.split("/", 3)[1:3]:
        case ["stores", slug]:
            return slug
        case _:
            encoded = request.header(b"authorization").partition(" ")[2][:_MAX_CREDENTIALS]
            try:
                return base64.b64decode(encoded[: len(encoded) // 4 * 4]).partition(b"/")[0].decode()
            except (binascii.Error, ValueError):
                return ""
