"""Single flight: concurrent requests for the same key share one computation."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import structlog

logger = structlog.get_logger(__name__)

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """Shares work in progress. An error reaches every waiter."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Result]] = {}

    async def run(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of `make`, or of the flight already under way for this key."""
        # Shielded, because one cancelled waiter must not fail the others.
        return await asyncio.shield(self._flight(key, make))

    def start(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> None:
        """Start a flight that nobody waits for: an error is only logged, and the next caller tries again."""
        self._flight(key, make).add_done_callback(_log_error)

    def _flight(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> "asyncio.Task[Result]":
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(_awaited(make))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return task


def _log_error(task: "asyncio.Task[object]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.info("background flight failed", reason=type(error).__name__)


async def _awaited(make: Callable[[], Awaitable[Result]]) -> Result:
    return await make()
