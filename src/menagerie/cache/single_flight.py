"""One flight per key: what many ask for at the same moment is made once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import structlog

logger = structlog.get_logger(__name__)

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """Shares work that is under way. An error of it reaches everybody who waits."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Result]] = {}

    async def run(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> Result:
        """The result of `make`, or of the same key's flight that is under way already."""
        # One who gives up waiting must not take the others down.
        return await asyncio.shield(self._flight(key, make))

    def start(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> None:
        """Begin the flight, though nobody waits for it: an error is logged, and met again by whoever makes it next."""
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
        logger.info("not made beforehand", reason=type(error).__name__)


async def _awaited(make: Callable[[], Awaitable[Result]]) -> Result:
    return await make()
