"""Stores take turns at the connections of a process: none may hold all, so that one's flood leaves others theirs.

A line is as long as can be served soon. Whoever would wait longer is refused at once, before anything was done.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from prometheus_client import Counter

from menagerie.errors import Overloaded

MAX_WAIT_SECONDS = 2.0
"""As long as anything may take for a thousand customers."""

_SHARE = 3 / 4
"""Of the connections, that one store may hold."""
_FIRST_SECONDS = 0.002
_WEIGHT = 1 / 256
"""Of how long one turn took, among those before: about half a second's of them, so that one stall is no long line."""

REFUSED = Counter("menagerie_transactions_refused", "Transactions that were refused because of too long a line.")


@dataclass(slots=True)
class _Line:
    """Who of a store has a turn, and who waits for one."""

    turns: asyncio.Semaphore
    users: int = 0


@dataclass(slots=True)
class Turns:
    """The turns of all stores."""

    connections: int
    seconds: float = _FIRST_SECONDS
    """How long a turn takes, smoothed."""
    _lines: dict[UUID, _Line] = field(default_factory=dict[UUID, _Line])

    @asynccontextmanager
    async def turn(self, store_id: UUID) -> AsyncIterator[None]:
        """A turn of the store.

        Raises:
            Overloaded: when it would come too late.
        """
        line = self._lines.get(store_id)
        if line is None:
            line = self._lines[store_id] = _Line(asyncio.Semaphore(self._at_once))
        elif (line.users - self._at_once) * self.seconds / self._at_once > MAX_WAIT_SECONDS:
            REFUSED.inc()
            raise Overloaded
        line.users += 1
        try:
            async with line.turns:
                begun = time.monotonic()
                try:
                    yield
                finally:
                    self.seconds += (time.monotonic() - begun - self.seconds) * _WEIGHT
        finally:
            line.users -= 1
            if not line.users:
                del self._lines[store_id]

    @property
    def _at_once(self) -> int:
        return max(1, int(self.connections * _SHARE))
