"""GraphQL over HTTP: the routers of the four endpoints."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
from cross_web import HTTPException as StrawberryRefusal
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL
from typing_extensions import override

from menagerie.api.errors import refusal_response
from menagerie.api.gate import GRAPHQL_JSON, Malformed, response_type
from menagerie.api.request import Context, Endpoint
from menagerie.api.schemas import SCHEMAS
from menagerie.runtime import Runtime


class Router(GraphQLRouter[Context, None]):
    """One endpoint: POST only, answers encoded by orjson, their type and status as GraphQL over HTTP asks."""

    async def run(self, *arguments: Any, **options: Any) -> Any:
        """The answer to a request; what Strawberry refuses, in the shape of all our refusals."""
        try:
            return await super().run(*arguments, **options)
        except StrawberryRefusal as refusal:
            raise HTTPException(refusal.status_code, refusal.reason) from None

    async def parse_multipart(self, request: Any) -> Any:
        """The operation of a multipart request, its files in their places."""
        try:
            operation = await super().parse_multipart(request)
        except (AttributeError, IndexError, TypeError):
            operation = None
        if not isinstance(operation, dict | list):
            raise Malformed("The parts `operations` and `map` must be JSON objects, and `map` must name places in it.")
        return operation

    def encode_json(self, data: object) -> str | bytes:
        """JSON of an answer."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """The object in a JSON text."""
        return orjson.loads(data)

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """The answer to an operation; an operation that did not run is a bad request for those who can tell."""
        accept = sub_response.headers.get("x-accept", "")
        refused = isinstance(response_data, dict) and response_data.get("data") is None
        request_error = refused and all("path" not in error for error in _errors(response_data))
        return Response(
            self.encode_json(response_data),
            400 if request_error and GRAPHQL_JSON in accept else 200,
            headers={"Cache-Control": "no-store"},
            media_type=response_type(accept),
        )

    @override
    async def create_streaming_response(
        self,
        request: Request,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """A stream of events; it has no length, which HTTP/2 would hold it to."""
        return StreamingResponse(stream(), headers=dict(headers))

    async def get_sub_response(self, request: Request) -> Response:
        """What `create_response` is told of the request."""
        return Response(headers={"x-accept": request.headers.get("accept", "")})


def _errors(response_data: Any) -> list[dict[str, Any]]:
    return response_data.get("errors") or []


def router(endpoint: Endpoint, runtime: Runtime) -> Router:
    """The router of an endpoint."""

    async def context(request: Request) -> Context:
        state = request.scope["state"]
        return Context(runtime, state["caller"], request.headers.get("authorization"), state["address"])

    made = Router(
        SCHEMAS[endpoint.name],
        path=endpoint.path,
        graphql_ide=None,
        allow_queries_via_get=False,
        context_getter=context,
        multipart_uploads_enabled=endpoint.name == "merchant",
        subscription_protocols=[GRAPHQL_SSE_PROTOCOL],
    )
    made.routes[:] = [route for route in made.routes if "POST" in getattr(route, "methods", ())]
    return made


async def http_exception(_request: Request, error: Exception) -> Response:
    """What Strawberry and Starlette refuse, in the shape of all our refusals."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    refusal = Malformed(str(getattr(error, "detail", error)))
    refusal.status = status
    return refusal_response(refusal)


Handler = Callable[[Request, Exception], Awaitable[Response]]
