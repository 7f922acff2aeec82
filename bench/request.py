"""A request that is measured, and all requests of one operation."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from carts import Carts


@dataclass(frozen=True)
class Request:
    """One request; with a body it is a POST of JSON."""

    path: str
    authorization: str = ""
    body: bytes = b""

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers."""
        found = {"Authorization": self.authorization} if self.authorization else {}
        return found | ({"Accept": "application/json", "Content-Type": "application/json"} if self.body else {})

    def raw(self, port: int) -> bytes:
        """The request as bytes on the wire."""
        headers = {"Host": f"localhost:{port}"} | self.headers
        headers |= {"Content-Length": str(len(self.body))} if self.body else {}
        lines = [f"{'POST' if self.body else 'GET'} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Calls:
    """An operation's requests."""

    requests: Sequence[Request]
    expected: bytes
    """What every right answer contains."""
    once: bool = False
    """Whether a request has its effect only the first time it is sent."""
    carts: Carts | None = None
    """The state to keep the carts in meanwhile."""
    changes_carts: bool = True
    sells: bool = False


def operation(endpoint: str, authorization: str, query: str, variables: dict[str, Any] | None = None) -> Request:
    """A GraphQL operation."""
    content: dict[str, Any] = {"query": query}
    if variables is not None:
        content["variables"] = variables
    return Request(f"/graphql/{endpoint}", authorization, orjson.dumps(content))


def basic(user: str, secret: str) -> str:
    """The Authorization header of an account and its password or token."""
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
