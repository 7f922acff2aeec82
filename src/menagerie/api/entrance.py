"""The entrance: a few requests begin in each iteration of the event loop, so that those that have begun go on.

An event loop runs what is ready in the order in which it became so. Where thousands of requests arrive, each step of
those that are being answered waits until all of them have begun, and soon nothing is answered any more. So the others
wait at the entrance, in lines by store that are served in turn. Where the first of a line has waited for too long,
those who come are refused, and so are operations whose store has too long a line of them (fair_queue.py).

A refusal is held back for a moment. Clients that ask again as soon as they are refused would otherwise keep the process
busy with refusing them, and the slower it answers the others, the more it would have to refuse.

What counts is the store that a request names. It is not proven yet, so a flood in a store's name is that store's;
names of no store that is known are one together.
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

MAX_PER_ITERATION = 16
"""How many requests begin in an iteration: about two milliseconds' work."""
MAX_WAIT_SECONDS = 0.25
"""How long the first of a line may have waited before whoever comes behind it is refused."""
REFUSAL_SECONDS = 0.5
"""How long a refusal is held back."""
_MAX_CREDENTIALS = 128
"""How much of a header is looked at for a slug, in Base64."""

SHED = Counter("menagerie_requests_shed", "Requests rejected because of too much load.")


class _Waiter(NamedTuple):
    since: float
    turn: asyncio.Future[None]


class Entrance:
    """Where requests begin."""

    def __init__(self, is_store: Callable[[str], bool], turns: FairQueue) -> None:
        """Nobody waits.

        Args:
            is_store: whether a store with this slug is known, without looking anywhere.
            turns: at operations, by the slugs of stores.
        """
        self._is_store = is_store
        self._turns = turns
        self._lines: OrderedDict[str, deque[_Waiter]] = OrderedDict()
        """Who waits, by store; the next store first."""
        self._begun = 0
        """How many began in this iteration."""

    async def enter(self, request: Request) -> None:
        """Wait until the request may begin.

        Raises:
            OverloadedError: when too many wait already.
        """
        # Pages and pictures, which are not asked for with POST, take no turn.
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
            line = self._lines[store] = deque()
        elif now - line[0].since > MAX_WAIT_SECONDS:
            await self._refuse()
        waiter = _Waiter(now, asyncio.get_running_loop().create_future())
        line.append(waiter)
        await waiter.turn

    def _next_iteration(self) -> None:
        self._begun = 0
        while self._lines and self._begun < MAX_PER_ITERATION:
            store, line = self._lines.popitem(last=False)
            waiter = line.popleft()
            if line:
                self._lines[store] = line
            if not waiter.turn.done():  # or it was cancelled
                waiter.turn.set_result(None)
                self._begun += 1
        if self._begun:
            asyncio.get_running_loop().call_soon(self._next_iteration)

    def _store(self, request: Request) -> str:
        named = named_store(request)
        return named if self._is_store(named) else ""

    async def _refuse(self) -> NoReturn:
        SHED.inc()
        await asyncio.sleep(REFUSAL_SECONDS)
        raise OverloadedError


def named_store(request: Request) -> str:
    """The slug that a request names, in its address or its credentials; empty where it names none."""
    match request.path.split("/", 3)[1:3]:
        case ["stores", slug]:
            return slug
        case _:
            encoded = request.header(b"authorization").partition(" ")[2][:_MAX_CREDENTIALS]
            try:
                return base64.b64decode(encoded[: len(encoded) // 4 * 4]).partition(b"/")[0].decode()
            except (binascii.Error, ValueError):
                return ""
