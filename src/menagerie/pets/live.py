"""The live shelf: notifies a store's open pages of pets that arrive or leave.

Pages are also notified when they may have lost access (each is then authenticated again), and their streams end when
the store itself changes: they reconnect at once and see its current state.

Every process subscribes to Valkey once for all its open pages. Without Valkey, it still notifies them of what happened
in this process, and pages that miss something are correct again after their next request.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, cast
from uuid import UUID

import orjson
import structlog
from redis.exceptions import RedisError

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import PLATFORM
from menagerie.graphql.context import Context
from menagerie.pets.models import Pet, ShelfChanged, ShelfChangeKind
from menagerie.pets.pet_loader import PetLoader
from menagerie.stores.models import Store

logger = structlog.get_logger(__name__)

_CHANNEL = PLATFORM.key("shelf")
_MAX_WAITING = 256
_RECONNECT_SECONDS = 1.0
_POLL_SECONDS = 5.0


class Notice(StrEnum):
    """What pages are notified of, besides changes of the shelf."""

    ACCOUNTS_CHANGED = "ACCOUNTS_CHANGED"
    """Some customer's credentials changed; each page checks whether they were its own."""

    STORE_CHANGED = "STORE_CHANGED"


News = ShelfChanged | Notice
Queue = asyncio.Queue[News | None]


@dataclass(frozen=True, slots=True)
class _Message:
    store_id: UUID
    news: News


class LiveShelf:
    """Passes shelf changes made by any process to the open pages of this one."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._pages: defaultdict[UUID, set[Queue]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._ended = False

    async def publish(self, store_id: UUID, news: News) -> None:
        """Notify every open page of the store."""
        message = _Message(store_id, news)
        if self._listening.is_set() and await self._cache.publish(_CHANNEL, _encode(message)):
            return  # this process receives it like every other
        self._deliver(message)
        await self._cache.publish(_CHANNEL, _encode(message))

    async def news(self, store_id: UUID) -> AsyncIterator[ShelfChanged | Literal[Notice.ACCOUNTS_CHANGED]]:
        """Yield news of the store, until the store changes, the server stops, or the page is too slow."""
        if self._ended:
            return
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        queue: Queue = asyncio.Queue(_MAX_WAITING)
        self._pages[store_id].add(queue)
        try:
            while (news := await queue.get()) is not None and news is not Notice.STORE_CHANGED:
                yield news
        finally:
            self._leave(store_id, queue)

    def end(self) -> None:
        """End all streams, and refuse new ones."""
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

    def _deliver(self, message: _Message) -> None:
        for queue in self._pages.get(message.store_id, ()):
            if queue.full():
                _end(queue)  # the page will reconnect and reload the shelf
            else:
                queue.put_nowait(message.news)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._cache.listening() as pubsub:
                    await pubsub.subscribe(_CHANNEL)
                    self._listening.set()
                    while True:
                        received = cast("dict[str, Any] | None", await pubsub.get_message(timeout=_POLL_SECONDS))
                        if received is not None and (message := _decode(received["data"])):
                            self._deliver(message)
            except (RedisError, OSError, TimeoutError):
                logger.info("live shelf waiting for the cache")
            finally:
                self._listening.clear()
            await asyncio.sleep(_RECONNECT_SECONDS)


class Watch:
    """Notifies open pages of their stores' news, for as long as they have access."""

    def __init__(self, live: LiveShelf, loader: PetLoader, is_admitted: Callable[[Context], Awaitable[bool]]) -> None:
        """Watch for news.

        Args:
            live: the source of the news.
            loader: loads the pets.
            is_admitted: whether the caller who opened a page would be admitted again.
        """
        self._live, self._loader, self._is_admitted = live, loader, is_admitted

    async def changes(self, context: Context) -> AsyncIterator[tuple[ShelfChanged, Sequence[Pet]]]:
        """Yield the changes of the shelf, with their pets, which are looked up once for all pages."""
        store = context[Store]
        async for news in self._live.news(store.id):
            if not await self._is_admitted(context):
                return
            if isinstance(news, ShelfChanged):
                yield news, await self._pets(store, news.pet_ids)

    async def _pets(self, store: Store, pet_ids: Sequence[UUID]) -> Sequence[Pet]:
        ids = sorted(pet_id.bytes for pet_id in pet_ids)
        loaded = await self._loader.load(store, ids)
        return [loaded[pet_id] for pet_id in ids if pet_id in loaded]


def _end(queue: Queue) -> None:
    with suppress(asyncio.QueueEmpty):
        while queue.full():
            queue.get_nowait()
    queue.put_nowait(None)


def _encode(message: _Message) -> bytes:
    kind, pet_ids = (
        (message.news, ()) if isinstance(message.news, Notice) else (message.news.kind, message.news.pet_ids)
    )
    return orjson.dumps([str(message.store_id), kind.value, [str(pet_id) for pet_id in pet_ids]])


def _decode(data: bytes) -> _Message | None:
    try:
        store_id, kind, pet_ids = orjson.loads(data)
        news: News = (
            Notice(kind)
            if kind in Notice.__members__
            else ShelfChanged(ShelfChangeKind(kind), tuple(UUID(pet_id) for pet_id in pet_ids))
        )
        return _Message(UUID(store_id), news)
    except (ValueError, TypeError):
        logger.warning("live shelf received an unknown message")
        return None
