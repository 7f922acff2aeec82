"""The gate before GraphQL: it refuses what must not get in, and hands out public answers that are known already."""

import hashlib
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from menagerie.accounts.authenticate import Admission
from menagerie.api.errors import refusal_response
from menagerie.api.publicity import Publicity
from menagerie.api.request import ENDPOINTS, Endpoint, admit, client_address
from menagerie.cache.version import Version
from menagerie.errors import Refusal
from menagerie.pets.pictures import MOST_BYTES
from menagerie.runtime import Runtime
from menagerie.stores.models import Store

MOST_OPERATION_BYTES = 128 * 1024
_MOST_UPLOAD_BYTES = MOST_BYTES + 256 * 1024
_DAY_SECONDS = 24 * 60 * 60
JSON, GRAPHQL_JSON = "application/json", "application/graphql-response+json"


class NotAllowed(Refusal):
    """Only POST is understood."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("Send GraphQL operations with POST.", headers={"Allow": "POST"})


class TooLarge(Refusal):
    """The body is over the limit; send less."""

    status = 413
    code = "TOO_LARGE"

    def __init__(self, most: int) -> None:
        size = f"{most // 1024} KiB" if most < 1024 * 1024 else "8 MiB for the picture"
        super().__init__(f"The request is too large. The limit is {size}.")


class WrongMediaType(Refusal):
    """The body is of a kind that is not understood."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(self) -> None:
        super().__init__("Send the operation as application/json, or as multipart/form-data with a file.")


class Malformed(Refusal):
    """The body is not what its Content-Type says."""


def response_type(accept: str) -> str:
    """The media type of the answer, as GraphQL over HTTP negotiates it."""
    return f"{GRAPHQL_JSON if GRAPHQL_JSON in accept else JSON}; charset=utf-8"


class Gate:
    """ASGI middleware around the application; everything but GraphQL passes."""

    def __init__(self, app: ASGIApp, runtime: Runtime, publicity: Publicity) -> None:
        self._app = app
        self._runtime = runtime
        self._publicity = publicity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        endpoint = ENDPOINTS.get(scope["path"]) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        try:
            await self._operation(endpoint, scope, receive, send)
        except Refusal as refusal:
            await refusal_response(refusal)(scope, receive, send)

    async def _operation(self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["method"] != "POST":
            raise NotAllowed
        address = client_address(scope, self._runtime.settings.trusted_proxies)
        admission = await admit(self._runtime, endpoint, headers, address)
        caller = admission.caller if admission is not None else None
        scope["state"].update(caller=caller, address=address)
        if caller is not None and caller.store is not None:
            structlog.contextvars.bind_contextvars(store=caller.store.slug, role=caller.role.value)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == "multipart/form-data" and endpoint.name == "merchant":
            await self._app(scope, _limited(receive, headers, _MOST_UPLOAD_BYTES), send)
        elif media_type == JSON:
            body = await _whole(receive, headers, MOST_OPERATION_BYTES)
            operation = _parsed(body)
            stream = "text/event-stream" in headers.get("accept", "")
            if endpoint.name == "storefront" and admission is not None and not stream:
                await self._answered(admission, operation, scope, body, send)
            else:
                await self._app(scope, _replayed(body, receive), send)
        else:
            raise WrongMediaType

    async def _answered(
        self, admission: Admission, operation: dict[str, Any], scope: Scope, body: bytes, send: Send
    ) -> None:
        """Answer an operation of the storefront, from what is known where that is allowed."""
        store, version = admission.caller.store, admission.catalog
        if store is None or version is None or not self._publicity.is_public(operation["query"]):
            await self._app(scope, _replayed(body, None), send)
            return
        catalog, digest = self._runtime.catalog, _digest(operation)
        content = await catalog.get(store, version, digest)
        if content is None:
            status, content = await catalog.flights.run(
                (store.id, version, digest), lambda: self._made(store, version, digest, scope, body)
            )
        else:
            status = 200
        accept = Headers(scope=scope).get("accept", "")
        response = Response(content, status, headers={"Cache-Control": "no-store"}, media_type=response_type(accept))
        await response(scope, _replayed(b"", None), send)

    async def _made(self, store: Store, version: Version, digest: str, scope: Scope, body: bytes) -> tuple[int, bytes]:
        """The application's answer, kept if it is whole."""
        captured = _Captured()
        await self._app(scope, _replayed(body, None), captured.send)
        content = bytes(captured.content)
        if captured.status == HTTPStatus.OK and "errors" not in orjson.loads(content):
            await self._runtime.catalog.put(store, version, digest, content)
        return captured.status, content


@dataclass
class _Captured:
    status: int = 500
    content: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.content += message.get("body", b"")


def _digest(operation: dict[str, Any]) -> str:
    """What the answer depends on besides the catalogue: the operation, and the day (pictures' addresses)."""
    day = int(time.time()) // _DAY_SECONDS
    parts = [operation.get("query"), operation.get("variables"), operation.get("operationName"), day]
    try:
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except orjson.JSONEncodeError:
        raise Malformed("The variables are nested too deeply.") from None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        operation = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None
    if isinstance(operation, list):
        raise Malformed("Send one operation at a time; batches are not answered.")
    if not isinstance(operation, dict):
        raise Malformed('The body must be a JSON object with a "query".')
    members = cast("dict[str, Any]", operation)
    if not isinstance(members.get("query"), str):
        raise Malformed('The body must be a JSON object with a "query" of text.')
    return members


async def _whole(receive: Receive, headers: Headers, most: int) -> bytes:
    body = bytearray()
    limited = _limited(receive, headers, most)
    while True:
        message = await limited()
        if message["type"] == "http.disconnect":
            raise Malformed("The request ended before its body did.")
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _limited(receive: Receive, headers: Headers, most: int) -> Receive:
    """The body as it comes, refused when it is announced or turns out to be over the limit."""
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise TooLarge(most)
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise TooLarge(most)
        return message

    return limited


def _replayed(body: bytes, receive: Receive | None) -> Receive:
    """A body that was read already, once; then whatever the client does next."""
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive() if receive is not None else {"type": "http.disconnect"}

    return replayed
