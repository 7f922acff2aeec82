"""The connection to Valkey (or Redis), which may come and go.

Whatever it is asked, the answer is at worst "nothing known", and soon: after a failure it is left alone for a moment,
so that an absent Valkey costs each request nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from menagerie.cache.namespace import Key

logger = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 0.5
_CONNECTIONS = 16
_REST_SECONDS = 1.0
_FAULTS = (RedisError, OSError, asyncio.TimeoutError)

Result = TypeVar("Result")


class Cache:
    """A few operations on Valkey that never raise because it is away."""

    def __init__(self, address: str) -> None:
        pool = BlockingConnectionPool.from_url(
            address,
            max_connections=_CONNECTIONS,
            timeout=_TIMEOUT_SECONDS,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            health_check_interval=15,
        )
        self._redis = Redis(connection_pool=pool)
        self._rest_until = 0.0
        self._wanted: dict[Key, asyncio.Future[bytes | None]] = {}

    @property
    def away(self) -> bool:
        """Whether Valkey failed a moment ago."""
        return time.monotonic() < self._rest_until

    async def get(self, key: Key) -> bytes | None:
        """The value, or None where there is none or Valkey is away.

        Everything that is asked for in one turn of the event loop travels together.
        """
        if self.away:
            return None
        future = self._wanted.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            if not self._wanted:
                loop.call_soon(lambda: loop.create_task(self._flush()))
            future = self._wanted[key] = loop.create_future()
        return await asyncio.shield(future)

    async def set(self, key: Key, value: bytes, *, seconds: int | None = None) -> bool:
        """Store the value, for some seconds or until it is displaced. False where Valkey is away."""
        return await self._guarded(lambda: self._redis.set(key, value, ex=seconds), default=None) is not None

    async def get_or_set(self, key: Key, value: bytes) -> bytes | None:
        """The value that is there, or the given one, which is there from now on; None where Valkey is away."""

        async def run() -> bytes:
            present = await self._redis.set(key, value, nx=True, get=True)
            return value if present is None else bytes(cast("bytes", present))

        return await self._guarded(run, default=None)

    async def count(self, key: Key, *, seconds: int) -> int | None:
        """Add one to a counter that lives for some seconds from its first one; None where Valkey is away."""

        async def run() -> int:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(key, 0, ex=seconds, nx=True)
                pipeline.incr(key)
                return int((await pipeline.execute())[1])

        return await self._guarded(run, default=None)

    async def seconds_left(self, key: Key) -> int:
        """Seconds until the key expires; 0 where it is not there."""
        return max(0, await self._guarded(lambda: self._redis.ttl(key), default=0) or 0)

    async def delete(self, key: Key) -> bool:
        """Forget the value. False where Valkey is away."""
        return await self._guarded(lambda: self._redis.delete(key), default=None) is not None

    async def publish(self, channel: Key, message: bytes) -> bool:
        """Tell everybody who listens. False where Valkey is away."""
        return await self._guarded(lambda: self._redis.publish(channel, message), default=None) is not None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[PubSub]:
        """A connection that receives what is published; it raises when Valkey goes away."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            yield pubsub

    async def round_trip(self) -> None:
        """Ask whether Valkey is there, for readiness.

        Raises:
            redis.exceptions.RedisError: when it is not.
        """
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        with suppress(*_FAULTS):
            await self._redis.aclose()

    async def _flush(self) -> None:
        wanted, self._wanted = self._wanted, {}
        keys: Sequence[Key] = list(wanted)
        values = await self._guarded(lambda: self._many(keys), default=None) or [None] * len(keys)
        for key, value in zip(keys, values, strict=True):
            if not wanted[key].done():
                wanted[key].set_result(value)

    async def _many(self, keys: Sequence[Key]) -> list[bytes | None]:
        # One GET each, not MGET: in a cluster the keys of two stores lie on two nodes.
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.get(key)
            return list(await pipeline.execute())

    async def _guarded(self, run: Callable[[], Awaitable[Result]], *, default: Result | None) -> Result | None:
        if self.away:
            return default
        try:
            return await run()
        except _FAULTS as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            logger.warning("cache away", reason=type(error).__name__)
            return default
