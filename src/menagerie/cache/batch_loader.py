"""Batch loading: concurrent requests read what they lack from the database together."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Batch(Generic[Key, Value]):
    """Keys that are loaded together, and the task that loads them."""

    __slots__ = ("begun", "keys", "task")

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self.begun = False
        self.task: asyncio.Task[Mapping[Key, Value]]


class BatchLoader(Generic[Group, Key, Value]):
    """Loads values by key, one batch of a group at a time. An error reaches every request in the batch.

    A request for a group with no batch under way does not wait; otherwise its keys join the next batch. That one has
    not begun yet, so no request gets values that were read before it arrived.
    """

    def __init__(
        self, load: Callable[[Group, Collection[Key]], Awaitable[Mapping[Key, Value]]], *, max_keys: int
    ) -> None:
        """Start with no batch under way.

        Args:
            load: loads the values of a group's keys, leaving out keys that have none.
            max_keys: how many keys a batch may have, unless a single request wants more.
        """
        self._load = load
        self._max_keys = max_keys
        self._newest: dict[Group, _Batch[Key, Value]] = {}

    async def load(self, group: Group, keys: Collection[Key]) -> Mapping[Key, Value]:
        """Load the values of these keys. The mapping also contains what others in the batch wanted."""
        batch = self._newest.get(group)
        if batch is None or batch.begun or len(batch.keys) + len(keys) > self._max_keys:
            previous = batch.task if batch is not None else None
            batch = self._newest[group] = _Batch()
            batch.task = asyncio.ensure_future(self._run(group, batch, previous))
        batch.keys.update(keys)
        # Shielded, because one cancelled waiter must not fail the others.
        return await asyncio.shield(batch.task)

    async def _run(
        self, group: Group, batch: _Batch[Key, Value], previous: "asyncio.Task[Mapping[Key, Value]] | None"
    ) -> Mapping[Key, Value]:
        try:
            if previous is not None:
                await asyncio.wait([previous])
            batch.begun = True
            return await self._load(group, batch.keys)
        finally:
            if self._newest.get(group) is batch:
                del self._newest[group]
