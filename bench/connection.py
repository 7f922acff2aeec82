"""A customer's connection: HTTP/1.1 over TLS, one request after the other, as cheap as Python allows.

It reads responses with a Content-Length, which all of the server's have except its streams. A client library would cost
the machine more than the server that is measured on it.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Self, cast

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)")
_RETRY_AFTER = re.compile(rb"\r\nretry-after:\s*(\d+)\r\n")
_CLOSES = b"\r\nconnection: close"
_TIMEOUT_SECONDS = 10


class Answer(NamedTuple):
    """A complete answer, and the moment at which its last byte arrived."""

    status: int
    body: bytes
    moment: float
    retry_after: int | None
    """The seconds in its Retry-After, which is only read if the status is not 200."""


Then = Callable[[Answer | Exception], None]
"""Called with the outcome of a request."""


class Connection(asyncio.Protocol):
    """A keep-alive connection. Errors are raised as OSError, and the connection is then closed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._status = 0
        self._body = 0
        """Where the body begins; 0 until the head is complete."""
        self._end = 0
        self._retry_after: int | None = None
        self._then: Then | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int, context: ssl.SSLContext, *, timeout: float = _TIMEOUT_SECONDS) -> Self:  # noqa: ASYNC109  as in `ask`
        """Connect to the server on this machine."""
        async with asyncio.timeout(timeout):
            _, made = await asyncio.get_running_loop().create_connection(
                cls, "127.0.0.1", port, ssl=context, server_hostname="localhost"
            )
        return made

    @property
    def is_open(self) -> bool:
        """Whether it can be used for another request."""
        return self._transport is not None

    def send(self, request: bytes, then: Then) -> None:
        """Send a request, without a timeout.

        Raises:
            OSError: when the connection is closed.
        """
        if self._transport is None:
            raise ConnectionError("The connection is closed.")
        self._then = then
        self._transport.write(request)

    async def ask(self, request: bytes, *, timeout: float = _TIMEOUT_SECONDS) -> Answer:  # noqa: ASYNC109  a timer is cheaper
        """Send a request and wait for its answer.

        Raises:
            TimeoutError: when it took too long.
            OSError: when the connection broke.
        """
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self.send(request, partial(_settle, answer))
        timer = self._loop.call_later(timeout, self._fail, TimeoutError())
        try:
            return await answer
        finally:
            timer.cancel()

    def close(self) -> None:
        """Close it; a request that is waiting fails."""
        self._fail(ConnectionError("The connection was closed."))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport of the open connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's have no class to check for

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that is waiting."""
        self._transport = None
        self._fail(exc or ConnectionResetError("The server closed the connection."))

    def data_received(self, data: bytes) -> None:
        """Collect what arrives, and pass on the answer once it is complete."""
        received = self._received
        received += data
        if not self._body and not self._read_head():
            return
        if len(received) >= self._end and (then := self._then) is not None:
            body = bytes(received[self._body : self._end])
            del received[: self._end]
            self._body, self._then = 0, None
            then(Answer(self._status, body, time.monotonic(), self._retry_after))

    def _read_head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._received[:end]).lower()
        length = _LENGTH.search(head)
        if length is None or _CLOSES in head:
            self._fail(ConnectionError("The server does not keep the connection, or does not say the length."))
            return False
        self._status, self._body = int(head[9:12]), end + 4
        self._end = self._body + int(length.group(1))
        later = _RETRY_AFTER.search(head + b"\r\n") if self._status != 200 else None
        self._retry_after = int(later.group(1)) if later else None
        return True

    def _fail(self, error: Exception) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        if (then := self._then) is not None:
            self._then = None
            then(error)


def _settle(answer: asyncio.Future[Answer], outcome: Answer | Exception) -> None:
    if answer.done():
        return
    if isinstance(outcome, Answer):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)
