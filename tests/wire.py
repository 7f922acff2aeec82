"""A relay in front of PostgreSQL that reads what goes over the wire: the statements and the round trips.

It parses the protocol's messages (PostgreSQL manual, chapter "Message Formats"), so it sees everything, including BEGIN
and COMMIT and what the driver sends by itself.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

_SET_UP = "SET enable_seqscan"
_PARSE, _BIND, _SIMPLE_QUERY = b"P", b"B", b"Q"


@dataclass
class Count:
    """What went over the wire: every statement's text in order, and the round trips."""

    statements: list[str] = field(default_factory=list)
    round_trips: int = 0

    @property
    def counts(self) -> tuple[int, int]:
        """The numbers of statements and round trips."""
        return len(self.statements), self.round_trips


class Wire:
    """The relay, which counts within `counting`."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        query = parse_qs(parts.query)
        self._socket = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"
        self._directory = Path(tempfile.mkdtemp(prefix="wire-"))
        self._counts: list[Count] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task] = set()

    def address(self, address: str) -> str:
        """The relay's address for the same database."""
        return urlunsplit(urlsplit(address)._replace(query=f"host={self._directory}&port=5432"))

    @contextmanager
    def counting(self) -> Iterator[Count]:
        count = Count()
        self._counts.append(count)
        try:
            yield count
        finally:
            self._counts.remove(count)

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._relay, self._directory / ".s.PGSQL.5432")

    async def close(self) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        shutil.rmtree(self._directory, ignore_errors=True)

    async def _relay(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._socket)
        reader = _Messages()
        answered = True

        async def upward() -> None:
            nonlocal answered
            while data := await client.read(65536):
                texts = list(reader.statements(data))
                # What sets up a new connection belongs to no operation.
                if texts and all(text.startswith(_SET_UP) for text in texts):
                    answered = False
                    to_server.write(data)
                    continue
                for count in self._counts:
                    count.statements += texts
                if answered:
                    answered = False
                    for count in self._counts:
                        count.round_trips += 1
                to_server.write(data)
                await to_server.drain()
            to_server.close()

        async def downward() -> None:
            nonlocal answered
            while data := await server.read(65536):
                answered = True
                to_client.write(data)
                await to_client.drain()
            to_client.close()

        tasks = {asyncio.create_task(upward()), asyncio.create_task(downward())}
        self._tasks |= tasks
        with suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.gather(*tasks)
        self._tasks -= tasks


class _Messages:
    """Splits a client's stream into messages; the first one has no kind."""

    def __init__(self) -> None:
        self._buffer = b""
        self._started = False
        self._parsed: dict[bytes, bytes] = {}

    def statements(self, data: bytes) -> Iterator[str]:
        """The texts of executed statements, including those prepared earlier."""
        for kind, payload in self._read(data):
            parts = payload.split(b"\0", 2)
            if kind == _PARSE:  # which doesn't execute anything yet
                self._parsed[parts[0]] = parts[1]
            elif kind in {_BIND, _SIMPLE_QUERY}:
                text = self._parsed[parts[1]] if kind == _BIND else parts[0]
                yield " ".join(text.decode().split())

    def _read(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        self._buffer += data
        while True:
            head = 1 if self._started else 0
            if len(self._buffer) < head + 4:
                return
            length = int.from_bytes(self._buffer[head : head + 4], "big")
            if len(self._buffer) < head + length:
                return
            kind, payload = self._buffer[:head], self._buffer[head + 4 : head + length]
            self._buffer = self._buffer[head + length :]
            # A request for encryption (length 8) may come before the startup message, but not on Unix sockets.
            self._started = self._started or length > 8
            yield kind, payload


@asynccontextmanager
async def relayed(address: str) -> AsyncIterator[Wire]:
    if "host" not in parse_qs(urlsplit(address).query):
        pytest.skip("Statements are counted on an unencrypted Unix socket, but this server speaks TLS.")
    wire = Wire(address)
    await wire.open()
    try:
        yield wire
    finally:
        await wire.close()
