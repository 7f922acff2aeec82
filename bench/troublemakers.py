"""The process in which clients behave badly on the wire; it reads its job pickled from standard input.

It writes an empty line when it begins, ends after the job's seconds, and writes how often its clients misbehaved.
"""

import asyncio
import contextlib
import itertools
import pickle
import socket
import ssl
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

_SLOW_SENDERS, _BYTE_SECONDS, _SLOW_BODY = 500, 0.25, 4_000
_SLOW_READERS, _UNREAD = 100, 64
_RESETS_PER_SECOND = 50
_PIPELINES, _PIPELINED, _PIPELINE_SECONDS = 8, 32, 1.0
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: unsent data is discarded, and the other side gets a reset."""


@dataclass(frozen=True)
class Job:
    """What to do, and how long."""

    kind: str
    port: int
    authority: str
    requests: list[bytes]
    """What well-behaved clients would send completely, and whose answers they would read."""
    seconds: float


class Trouble:
    """A running job."""

    def __init__(self, job: Job) -> None:
        self.done = 0
        self._job = job
        self._ends = time.monotonic() + job.seconds
        self._requests = itertools.cycle(job.requests)
        self._context = ssl.create_default_context(cafile=job.authority)

    async def make(self) -> None:
        """Do the job until the time is up."""
        kinds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "slow senders": (_SLOW_SENDERS, self._send_slowly),
            "slow readers": (_SLOW_READERS, self._read_nothing),
            "resets": (_RESETS_PER_SECOND, self._reset),
            "pipelined requests": (_PIPELINES, self._pipeline),
        }
        clients, act = kinds[self._job.kind]
        await asyncio.gather(*(self._again_and_again(act) for _ in range(clients)))

    async def _again_and_again(self, act: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < self._ends:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._ends - time.monotonic()):
                    await act()

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._job.port, ssl=self._context, server_hostname="localhost", limit=1024
        )
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def _send_slowly(self) -> None:
        """Send a head at once, and its body byte by byte."""
        head = next(self._requests).split(b"\r\n\r\n")[0].split(b"\r\nContent-Length")[0]
        async with self._connected() as (_, writer):
            writer.write(head + b"\r\nContent-Length: %d\r\n\r\n" % _SLOW_BODY)
            for _ in range(_SLOW_BODY):
                writer.write(b" ")
                self.done += 1
                await asyncio.sleep(_BYTE_SECONDS)

    async def _read_nothing(self) -> None:
        """Send many requests on one connection, and never read their answers."""
        async with self._connected() as (_, writer):
            for _ in range(_UNREAD):
                writer.write(next(self._requests))
                self.done += 1
            await asyncio.sleep(self._job.seconds)

    async def _reset(self) -> None:
        """Send a whole request or half of one, and reset the connection before the answer has arrived."""
        async with self._connected() as (_, writer):
            request = next(self._requests)
            writer.write(request if self.done % 2 else request[: len(request) // 2])
            await asyncio.sleep(0.002)
            self.done += 1
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        await asyncio.sleep(1)

    async def _pipeline(self) -> None:
        """Send many requests at once on one connection, and then read all of their answers."""
        async with self._connected() as (reader, writer):
            while True:
                writer.write(b"".join(next(self._requests) for _ in range(_PIPELINED)))
                for _ in range(_PIPELINED):
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
                    await reader.readexactly(int(length))
                    self.done += 1
                await asyncio.sleep(_PIPELINE_SECONDS)


def main() -> None:
    """Do the job."""
    job: Job = pickle.loads(sys.stdin.buffer.read())
    print(flush=True)
    trouble = Trouble(job)
    asyncio.run(trouble.make())
    print(trouble.done)


if __name__ == "__main__":
    main()
