"""Requests and answers on bare ASGI: what the edge and the hot paths read and send, without a framework."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.types import Message, Receive, Scope, Send

from menagerie.errors import HttpError

HeaderList = Sequence[tuple[bytes, bytes]]

_MAX_DISCARDED_BYTES = 32 * 1024 * 1024
_DISCARD_SECONDS = 20.0
_BODY_SECONDS = 20.0
"""How long a body of any size may take; also Apache's default (mod_reqtimeout)."""
_MIN_BYTES_PER_SECOND = 500
"""A body gets another second each time this many bytes arrive."""
_SLOW_BODIES_SECONDS = 1.0
"""How often to check for slow bodies."""


class ContentTooLargeError(HttpError):
    """The body is over the limit; send less."""

    status = 413
    code = "TOO_LARGE"

    def __init__(self, limit: str) -> None:
        super().__init__(f"The request is too large. The limit is {limit}.")


class SlowBodyError(HttpError):
    """The body arrives too slowly; send it at a higher rate."""

    status = 408
    code = "REQUEST_TIMEOUT"

    def __init__(self) -> None:
        super().__init__(
            f"The request arrived too slowly. Send it within {_BODY_SECONDS:.0f} seconds, "
            f"or at {_MIN_BYTES_PER_SECOND} bytes per second."
        )


class BadRequestError(HttpError):
    """The body does not match its Content-Type."""


class Request:
    """One HTTP request. Its headers are read once; repeated headers are joined into one list (RFC 9110, 5.3)."""

    __slots__ = (
        "_begun",
        "_body_ends",
        "_headers",
        "_is_slow",
        "_received",
        "log",
        "method",
        "path",
        "receive",
        "scope",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b", " + value if name in headers else value
        self._headers = headers
        self._begun = False
        self._received = False
        self._is_slow = False
        self._body_ends = 0.0
        """When the rest of the body must have arrived, by the monotonic clock."""
        self.log: dict[str, str] = {}
        """Fields added to every line logged about this request."""

    def header(self, name: bytes) -> str:
        """The value of a header, whose name is given in lower case; empty if there is none."""
        return self._headers.get(name, b"").decode("latin-1")

    def has_header(self, name: bytes) -> bool:
        """Whether the request has a header of this name, in lower case."""
        return name in self._headers

    async def body(self, limit: int, limit_text: str) -> bytes:
        """Read the whole body, of at most `limit` bytes.

        Raises:
            ContentTooLargeError: if its announced or actual size is over the limit.
            BadRequestError: if the client disconnects before the end of the body.
            SlowBodyError: if it arrives too slowly.
        """
        announced = self.header(b"content-length")
        if announced.isdigit() and int(announced) > limit:
            raise ContentTooLargeError(limit_text)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self.next()
            if message["type"] == "http.disconnect":
                raise BadRequestError("The request ended before its body did.")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise ContentTooLargeError(limit_text)
            if not message.get("more_body", False):
                return b"".join((*chunks, chunk)) if chunks else chunk
            chunks.append(chunk)

    async def next(self) -> Message:
        """Receive the client's next message.

        Raises:
            SlowBodyError: if it belongs to a body that arrives too slowly.
        """
        if self._received:
            return await self.receive()
        if not self._begun:
            self._begun = True
            self._body_ends = time.monotonic() + _BODY_SECONDS
        _receiving[self] = task = asyncio.current_task()
        try:
            message = await self.receive()
        except asyncio.CancelledError:
            if self._is_slow and task is not None and task.uncancel() == 0:
                raise SlowBodyError from None
            raise
        finally:
            del _receiving[self]
        self._body_ends += len(message.get("body", b"")) / _MIN_BYTES_PER_SECOND
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._received = True
        return message

    def give_up_if_slow(self, task: "asyncio.Task[Any] | None") -> None:
        """End the wait for the body, in the task that waits, if it should have arrived by now."""
        if task is not None and not self._is_slow and time.monotonic() > self._body_ends:
            self._is_slow = self._received = True  # nothing more is read
            task.cancel()

    async def discard(self) -> None:
        """Drain the body, up to a bound, so that a client that is still sending can read the answer (RFC 9112, 9.6).

        A client that waits for permission to send (Expect: 100-continue) reads the answer instead; once we have begun
        to read the body, it has that permission.
        """
        if self._received or not self._has_body() or (self.has_header(b"expect") and not self._begun):
            return
        left = _MAX_DISCARDED_BYTES
        with suppress(TimeoutError, SlowBodyError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while left > 0 and not self._received:
                    left -= len((await self.next()).get("body", b""))

    def _has_body(self) -> bool:
        length = self.header(b"content-length")
        if length:
            return length.isdigit() and int(length) > 0
        # HTTP/2 sends a body without either header.
        is_http2 = self.scope.get("http_version", "").startswith("2")
        return self.has_header(b"transfer-encoding") or (is_http2 and self.method not in {"GET", "HEAD"})


_receiving: dict[Request, "asyncio.Task[Any] | None"] = {}
"""The requests of this process that are waiting for their bodies."""


class SlowBodies:
    """Ends the wait for bodies that arrive too slowly.

    It checks all waiting requests every second: a timer for each would cost every request a few microseconds.
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Check now, and then periodically."""
        for request, task in list(_receiving.items()):
            request.give_up_if_slow(task)
        self._timer = asyncio.get_running_loop().call_later(_SLOW_BODIES_SECONDS, self.start)

    def stop(self) -> None:
        """Stop checking."""
        if self._timer is not None:
            self._timer.cancel()


class Answer(NamedTuple):
    """A complete answer."""

    body: bytes
    headers: HeaderList
    status: int = HTTPStatus.OK


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer with its length. For HEAD, the server omits the body."""
    headers = [*answer.headers]
    if answer.status != HTTPStatus.NOT_MODIFIED:  # its length would be that of the full answer
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
