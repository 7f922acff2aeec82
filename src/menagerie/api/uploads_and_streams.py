"""File uploads, and subscriptions as event streams: what is sent in parts goes through Strawberry's view."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import orjson
from cross_web import HTTPException as StrawberryRefusal
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Send
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL
from typing_extensions import override

from menagerie.accounts.models import Caller
from menagerie.api import messages
from menagerie.api.errors import fault_answer, http_error_answer
from menagerie.api.messages import BadRequestError, ContentTooLargeError
from menagerie.api.open_streams import OpenStreams
from menagerie.api.operation_body import Operation, checked_members
from menagerie.api.schemas import Schema
from menagerie.errors import HttpError
from menagerie.graphql.context import Context
from menagerie.pets.decoder_processes import MAX_PICTURE_BYTES

_MAX_UPLOAD_BYTES = MAX_PICTURE_BYTES + 256 * 1024
_UPLOAD_LIMIT = "8 MiB for the picture"
_PATH = "/"


class _Router(GraphQLRouter[Context, None]):
    """A POST-only router whose answers are encoded by orjson, in the same shape as all our answers."""

    async def run(self, *arguments: Any, **options: Any) -> Any:
        """Answer a request; Strawberry's refusals get the same shape as all our errors."""
        try:
            return await super().run(*arguments, **options)  # pyright: ignore[reportUnknownVariableType]  # two overloads fit
        except StrawberryRefusal as error:
            raise HTTPException(error.status_code, error.reason) from None

    async def parse_multipart(self, request: Any) -> Any:
        """Parse the operation of a multipart request, with its files in place."""
        try:
            parsed = await super().parse_multipart(request)
        except (AttributeError, IndexError, RecursionError, TypeError):
            raise BadRequestError(
                "The parts `operations` and `map` must be JSON objects, and `map` must name places in `operations`."
            ) from None
        return _members(*checked_members(parsed))

    def encode_json(self, data: object) -> str | bytes:
        """Encode an answer as JSON."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """Decode JSON."""
        return orjson.loads(data)

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Create the answer to an operation."""
        del sub_response
        return Response(
            self.encode_json(response_data),
            headers={"Cache-Control": "no-store"},
            media_type="application/json; charset=utf-8",
        )

    @override
    async def create_streaming_response(
        self,
        request: Request,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """Stream events without a Content-Length, which HTTP/2 would enforce."""
        return StreamingResponse(stream(), headers=dict(headers))


class UploadsAndStreams:
    """The uploads and streams of one endpoint."""

    def __init__(self, schema: Schema, *, uploads: bool) -> None:
        self._app: ASGIApp = _application(schema, uploads=uploads)
        self._streams = OpenStreams()

    async def upload(self, request: messages.Request, context: Context, send: Send) -> None:
        """Answer a multipart request (GraphQL multipart request specification).

        Raises:
            ContentTooLargeError: if the body's announced or actual size is over the limit.
        """
        await self._run(request, _limited(request), context, send)

    async def stream(self, request: messages.Request, operation: Operation, context: Context, send: Send) -> None:
        """Answer an operation with an event stream (GraphQL over SSE, distinct connections).

        Raises:
            TooManyStreamsError: if the caller or their store has too many.
        """
        body = orjson.dumps(_members(operation.query, operation.variables, operation.name))
        with self._streams.opened(context.find(Caller)):
            await self._run(request, _replayed(body, request.receive), context, send)

    async def _run(self, request: messages.Request, receive: Receive, context: Context, send: Send) -> None:
        state = {"context": context, "request": request}
        await self._app({**request.scope, "path": _PATH, "raw_path": _PATH.encode(), "state": state}, receive, send)


def _members(query: str, variables: dict[str, Any] | None, name: str | None) -> dict[str, Any]:
    """An operation as Strawberry expects it. Nothing here uses its extensions."""
    return {"query": query, "variables": variables, "operationName": name}


def _application(schema: Schema, *, uploads: bool) -> FastAPI:
    async def context(request: Request) -> Context:
        context: Context = request.scope["state"]["context"]
        return context

    router = _Router(
        schema,
        path=_PATH,
        graphql_ide=None,
        allow_queries_via_get=False,
        context_getter=context,
        multipart_uploads_enabled=uploads,
        subscription_protocols=[GRAPHQL_SSE_PROTOCOL],
    )
    router.routes[:] = [route for route in router.routes if "POST" in getattr(route, "methods", ())]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(HttpError, _refused)
    # Without it Starlette answers a fault itself, without a reference to quote.
    app.add_exception_handler(Exception, _failed)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HttpError):
        status = error.status_code if isinstance(error, HTTPException) else 400
        error = BadRequestError(str(getattr(error, "detail", error)))
        error.status = status
    return await _answered(request, http_error_answer(error))


async def _failed(request: Request, error: Exception) -> Response:
    return await _answered(request, fault_answer(error))


async def _answered(request: Request, answer: messages.Answer) -> Response:
    sender: messages.Request = request.scope["state"]["request"]
    await sender.discard()
    response = Response(answer.body, answer.status)
    response.raw_headers.extend(answer.headers)
    return response


def _limited(request: messages.Request) -> Receive:
    """Receive the body as it arrives; refuse it if it is over the limit or the client disconnects before its end."""
    announced = request.header(b"content-length")
    if announced.isdigit() and int(announced) > _MAX_UPLOAD_BYTES:
        raise ContentTooLargeError(_UPLOAD_LIMIT)
    received, ended = 0, False

    async def limited() -> Message:
        nonlocal received, ended
        message = await request.next()
        if message["type"] == "http.disconnect" and not ended:
            raise BadRequestError("The request ended before its body did.")
        ended = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > _MAX_UPLOAD_BYTES:
            raise ContentTooLargeError(_UPLOAD_LIMIT)
        return message

    return limited


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Replay a body that has already been read, then pass on whatever the client sends next."""
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed
