"""The connection to Valkey (or Redis), which may be unreachable at any time.

At worst a request gets "nothing known", and quickly: after a failure, Valkey is not contacted for a moment, so that
requests lose no time to an outage.
"""

# redis leaves its methods' keyword arguments untyped.
# pyright: reportUnknownMemberType=false

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, LiteralString, TypeVar, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from menagerie.cache.namespace import Key

logger = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 0.5
_CONNECTIONS = 16
_BACKOFF_SECONDS = 1.0
_FAULTS = (RedisError, OSError, asyncio.TimeoutError)

Result = TypeVar("Result")


class _Batch:
    """Keys to read together, with the next read."""

    def __init__(self) -> None:
        self.keys: dict[Key, None] = {}
        self.values: asyncio.Future[dict[Key, bytes | None]] = asyncio.get_running_loop().create_future()


class Cache:
    """A few operations on Valkey that do not raise when it is unreachable."""

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
        # Reads share one connection: under load a single MGET carries the look-ups of all concurrent requests.
        self._reads = Redis.from_url(
            address,
            single_connection_client=True,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            health_check_interval=15,
        )
        self._backoff_until = 0.0
        self.failures = 0
        """How many times Valkey could not be reached."""
        self._batch: _Batch | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def unreachable(self) -> bool:
        """Whether Valkey failed a moment ago."""
        return time.monotonic() < self._backoff_until

    async def get(self, key: Key) -> bytes | None:
        """Get a value, or None if there is none or Valkey is unreachable."""
        return (await self.get_many((key,)))[0]

    async def get_many(self, keys: Sequence[Key]) -> list[bytes | None]:
        """Get values in the order of their keys, None where there is none or Valkey is unreachable.

        Keys requested while a read is in flight go out together with the next read, so a busy process makes few round
        trips. A value is never older than the request for it.
        """
        if self.unreachable:
            return [None] * len(keys)
        batch = self._batch = self._batch or _Batch()
        batch.keys.update(dict.fromkeys(keys))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on())
        values = await asyncio.shield(batch.values)
        return [values.get(key) for key in keys]

    async def set(self, key: Key, value: bytes, *, seconds: int | None = None, insist: bool = False) -> bool:
        """Store a value, for some seconds or until it is evicted. False if Valkey is unreachable.

        Args:
            key: where to store it.
            value: what to store.
            seconds: how long to keep it; None for as long as there is room.
            insist: try even if Valkey failed a moment ago, because other processes may have reached it since.
        """
        found = await self._guarded(lambda: self._redis.set(key, value, ex=seconds), default=None, insist=insist)
        return found is not None

    async def get_or_set(self, key: Key, value: bytes) -> bytes | None:
        """Get the existing value, or store and return the given one; None if Valkey is unreachable."""

        async def run() -> bytes:
            present = await self._redis.set(key, value, nx=True, get=True)
            return value if present is None else bytes(cast("bytes", present))

        return await self._guarded(run, default=None)

    async def count(self, key: Key, *, seconds: int) -> int | None:
        """Increment a counter that expires some seconds after its first increment; None if Valkey is unreachable."""

        async def run() -> int:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(key, 0, ex=seconds, nx=True)
                pipeline.incr(key)
                return int((await pipeline.execute())[1])

        return await self._guarded(run, default=None)

    async def seconds_left(self, key: Key) -> int:
        """Seconds until the key expires; 0 if it does not exist."""
        return max(0, await self._guarded(lambda: self._redis.ttl(key), default=0) or 0)

    async def delete(self, key: Key) -> bool:
        """Delete the value. False if Valkey is unreachable."""
        return await self._guarded(lambda: self._redis.delete(key), default=None) is not None

    async def publish(self, channel: Key, message: bytes) -> bool:
        """Send a message to all subscribers. False if Valkey is unreachable."""
        return await self._guarded(lambda: self._redis.publish(channel, message), default=None) is not None

    async def evaluate(self, script: LiteralString, key: Key, *arguments: bytes) -> bool:
        """Run a Lua script on a key. False if Valkey is unreachable."""

        async def run() -> bool:
            await cast("Awaitable[object]", self._redis.eval(script, 1, key, *cast("tuple[Any, ...]", arguments)))
            return True

        return await self._guarded(run, default=False) or False

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[PubSub]:
        """A connection that receives published messages; it raises when Valkey becomes unreachable."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            yield pubsub

    async def round_trip(self) -> None:
        """Check that Valkey answers, for readiness.

        Raises:
            redis.exceptions.RedisError: if it does not.
        """
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        for client in (self._reads, self._redis):
            with suppress(*_FAULTS):
                await client.aclose()

    async def _read_on(self) -> None:
        """Read batch after batch until there are no more requests."""
        while (batch := self._batch) is not None:
            self._batch = None
            values = await self._guarded(partial(self._reads.mget, list(batch.keys)), default=None)
            found = zip(batch.keys, cast("list[bytes | None]", values or ()), strict=values is not None)
            batch.values.set_result(dict(found))
        self._reading = None

    async def _guarded(
        self, run: Callable[[], Awaitable[Result]], *, default: Result | None, insist: bool = False
    ) -> Result | None:
        if self.unreachable and not insist:
            return default
        try:
            return await run()
        except _FAULTS as error:
            self._backoff_until = time.monotonic() + _BACKOFF_SECONDS
            self.failures += 1
            logger.warning("cache unreachable", reason=type(error).__name__)
            return default
