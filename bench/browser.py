"""A customer's browser: it adds credentials to requests, sends them over one connection, and counts how each ended."""

import base64
import ssl
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

import orjson

from connection import Answer, Connection
from documents import document
from tally import Tally

_ACCEPT = "application/graphql-response+json, application/json"


class FailedError(Exception):
    """A request failed and has been counted; the customer starts over."""


@dataclass
class Visit:
    """What all customers of a visit share."""

    port: int
    context: ssl.SSLContext
    ends: float
    tally: Tally = field(default_factory=Tally)
    owners: dict[str, str] = field(default_factory=dict)
    """Who bought which pet; nobody else may buy it."""
    pages: dict[tuple[str, str | None, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """The cursors of the pages that customers have reached, in turn, by store, species and order."""


class Browser:
    """One customer's requests as the page sends them, in sequence."""

    def __init__(self, visit: Visit, user: str) -> None:
        self._visit = visit
        self._user = user
        self._head = b""
        self._connection: Connection | None = None

    def sign_with(self, secret: str) -> None:
        """Use the password or a token from now on."""
        credentials = base64.b64encode(f"{self._user}:{secret}".encode()).decode()
        self._head = (
            f"POST /graphql/storefront HTTP/1.1\r\nHost: localhost:{self._visit.port}\r\nAccept: {_ACCEPT}\r\n"
            f"Authorization: Basic {credentials}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()

    async def ask(self, operation: str, name: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Run an operation of the page, and return its data.

        Args:
            operation: the name that it is counted under.
            name: its name in the page.
            variables: its variables.
        """
        body = b"%b%b}" % (_opening(name), orjson.dumps(variables))
        answer = await self._send(operation, b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        content = orjson.loads(answer.body)
        if "errors" in content:
            self._fail(operation, f"GraphQL: {content['errors'][0].get('message', '')[:80]}")
        return dict(content["data"])

    async def load(self, operation: str, address: str) -> bytes:
        """Load a picture."""
        request = f"GET {address} HTTP/1.1\r\nHost: localhost:{self._visit.port}\r\nAccept: image/webp,*/*\r\n\r\n"
        return (await self._send(operation, request.encode())).body

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    async def _send(self, operation: str, request: bytes) -> Answer:
        try:
            connection = await self._connected()
            begun = time.monotonic()
            answer = await connection.ask(request)
        except TimeoutError:
            self._fail(operation, "time-out")
        except OSError as error:
            self._fail(operation, type(error).__name__)
        if answer.status != 200:
            self._fail(operation, f"status {answer.status}")
        self._visit.tally.answered(operation, begun, answer.moment)
        return answer

    async def _connected(self) -> Connection:
        if self._connection is None or not self._connection.is_open:
            self._visit.tally.reconnections += self._connection is not None
            begun = time.monotonic()
            self._connection = await Connection.open(self._visit.port, self._visit.context)
            self._visit.tally.answered("connect", begun, time.monotonic())
        return self._connection

    def _fail(self, operation: str, kind: str) -> NoReturn:
        self._visit.tally.failed(operation, kind)
        raise FailedError


@cache
def _opening(name: str) -> bytes:
    return b'{"query":%b,"variables":' % orjson.dumps(document(name))
