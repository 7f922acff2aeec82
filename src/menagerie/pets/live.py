"""The live shelf: who has a store's page open is told of pets that come and go.

Every process listens to Valkey once for all its open pages; without Valkey it still tells its own pages what happened
in itself, and pages that miss something are right again at their next look.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import orjson
import structlog
from redis.exceptions import RedisError

from menagerie.cache.connection import Cache
from menagerie.cache.flight import Flights
from menagerie.cache.namespace import PLATFORM
from menagerie.pets.models import Pet, ShelfChanged, ShelfChangeKind

logger = structlog.get_logger(__name__)

_CHANNEL = PLATFORM.key("shelf")
_WAITING_MOST = 256
_RECONNECT_SECONDS = 1.0
_POLL_SECONDS = 5.0

Queue = asyncio.Queue[ShelfChanged | None]


@dataclass(frozen=True, slots=True)
class _Message:
    store_id: UUID
    change: ShelfChanged


class LiveShelf:
    """Passes shelf changes from whichever process made them to the open pages of this one."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._pages: defaultdict[UUID, set[Queue]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._ended = False
        self.flights: Flights[Sequence[Pet]] = Flights()

    async def publish(self, store_id: UUID, change: ShelfChanged) -> None:
        """Tell every open page of the store."""
        if self._listening.is_set() and await self._cache.publish(_CHANNEL, _encode(_Message(store_id, change))):
            return  # it comes back to this process as to every other
        self._deliver(store_id, change)
        await self._cache.publish(_CHANNEL, _encode(_Message(store_id, change)))

    async def changes(self, store_id: UUID) -> AsyncIterator[ShelfChanged]:
        """What happens on the store's shelf from now on; ends when the server stops or the page is too slow."""
        if self._ended:
            return
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        queue: Queue = asyncio.Queue(_WAITING_MOST)
        self._pages[store_id].add(queue)
        try:
            while (change := await queue.get()) is not None:
                yield change
        finally:
            self._leave(store_id, queue)

    def end(self) -> None:
        """End every page's stream, and those to come."""
        self._ended = True
        for queues in self._pages.values():
            for queue in queues:
                _end(queue)

    async def close(self) -> None:
        """End the streams and stop listening."""
        self.end()
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    def _leave(self, store_id: UUID, queue: Queue) -> None:
        self._pages[store_id].discard(queue)
        if not self._pages[store_id]:
            del self._pages[store_id]

    def _deliver(self, store_id: UUID, change: ShelfChanged) -> None:
        for queue in self._pages.get(store_id, ()):
            if queue.full():
                _end(queue)  # it will connect again and look at the shelf anew
            else:
                queue.put_nowait(change)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._cache.listening() as pubsub:
                    await pubsub.subscribe(_CHANNEL)
                    self._listening.set()
                    while True:
                        received = await pubsub.get_message(timeout=_POLL_SECONDS)
                        if received is not None and (message := _decode(cast("bytes", received["data"]))):
                            self._deliver(message.store_id, message.change)
            except (RedisError, OSError, TimeoutError):
                logger.info("live shelf waits for the cache")
            finally:
                self._listening.clear()
            await asyncio.sleep(_RECONNECT_SECONDS)


def _end(queue: Queue) -> None:
    with suppress(asyncio.QueueEmpty):
        while queue.full():
            queue.get_nowait()
    queue.put_nowait(None)


def _encode(message: _Message) -> bytes:
    return orjson.dumps([str(message.store_id), message.change.kind.value, [str(i) for i in message.change.pet_ids]])


def _decode(data: bytes) -> _Message | None:
    try:
        store_id, kind, pet_ids = orjson.loads(data)
        change = ShelfChanged(ShelfChangeKind(kind), tuple(UUID(pet_id) for pet_id in pet_ids))
        return _Message(UUID(store_id), change)
    except (ValueError, TypeError):
        logger.warning("live shelf got a message that it does not understand")
        return None
