"""Stores take turns at the connections of a process: none may hold all, so that one's flood leaves others theirs.

How long people wait for a connection tells, too, whether there is more to do than the database can.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import psycopg_pool

_SHARE = 3 / 4
"""Of the connections, that one store may hold."""
_WAIT_SECONDS = 5.0


@dataclass(slots=True)
class _Line:
    """Who of a store has a turn, and who waits for one."""

    turns: asyncio.Semaphore
    users: int = 0


@dataclass(slots=True)
class Turns:
    """The turns of all stores."""

    connections: int
    _lines: dict[UUID, _Line] = field(default_factory=dict[UUID, _Line])
    _longest: float = 0.0

    async def begin(self, store_id: UUID) -> None:
        """Wait for a turn of the store; it must end.

        Raises:
            psycopg_pool.PoolTimeout: when it took too long, as with a pool that has no connection to give.
        """
        line = self._lines.get(store_id)
        if line is None:
            line = self._lines[store_id] = _Line(asyncio.Semaphore(max(1, int(self.connections * _SHARE))))
        line.users += 1
        try:
            if line.turns.locked():
                async with asyncio.timeout(_WAIT_SECONDS):
                    await line.turns.acquire()
            else:
                await line.turns.acquire()
        except BaseException as error:
            self._leave(store_id, line)
            if isinstance(error, TimeoutError):
                raise psycopg_pool.PoolTimeout(f"No turn came for {_WAIT_SECONDS} s.") from None
            raise

    def end(self, store_id: UUID) -> None:
        """The turn is another's now."""
        line = self._lines[store_id]
        line.turns.release()
        self._leave(store_id, line)

    def waited(self, seconds: float) -> None:
        """Somebody had to wait for a connection."""
        self._longest = max(self._longest, seconds)

    def longest_wait(self) -> float:
        """The longest that anybody has waited for a connection since this was asked, in seconds."""
        longest, self._longest = self._longest, 0.0
        return longest

    def _leave(self, store_id: UUID, line: _Line) -> None:
        line.users -= 1
        if not line.users:
            del self._lines[store_id]
