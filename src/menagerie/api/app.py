"""The application: one process's routes around its runtime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from menagerie.api import health, pictures, storefront
from menagerie.api.edge import Edge
from menagerie.api.errors import fault_response, refusal_response, store_gone
from menagerie.api.gate import Gate
from menagerie.api.graphql import http_exception, router
from menagerie.api.publicity import Publicity
from menagerie.api.request import ENDPOINTS
from menagerie.api.schemas import SCHEMAS
from menagerie.database.session import StoreGone
from menagerie.errors import Refusal
from menagerie.logs import configure_logs
from menagerie.runtime import Runtime, runtime
from menagerie.settings import Settings, read_settings


class Application:
    """The ASGI application. What it needs is opened when the server starts it and closed when the server stops."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        app = FastAPI(lifespan=self._lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        _add_handlers(app)
        self._runtime: Runtime | None = None
        self._inner: ASGIApp = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what the server hands over."""
        await self._inner(scope, receive, send)

    def end_streams(self) -> None:
        """End the live shelf of every open page, which then looks for another process."""
        if self._runtime is not None:
            self._runtime.live.end()

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with runtime(self._settings) as opened:
            self._runtime = opened
            _add_routes(app, opened)
            gate = Gate(app, opened, Publicity(SCHEMAS["storefront"].graphql_schema))
            self._inner = Edge(gate, self._settings)
            yield


def _add_routes(app: FastAPI, opened: Runtime) -> None:
    for endpoint in ENDPOINTS.values():
        app.include_router(router(endpoint, opened))
    app.include_router(health.router(opened))
    app.include_router(pictures.router(opened))
    app.include_router(storefront.router(opened))


def _add_handlers(app: FastAPI) -> None:
    """Must come before the first call, at which Starlette takes the handlers over."""
    app.add_exception_handler(HTTPException, http_exception)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(StoreGone, _refused)
    # Without it Starlette answers a fault itself, in words that nobody can quote.
    app.add_exception_handler(Exception, _failed)


async def _refused(_request: Request, error: Exception) -> Response:
    return refusal_response(error if isinstance(error, Refusal) else store_gone())


async def _failed(_request: Request, error: Exception) -> Response:
    return fault_response(error)


def create_app() -> Application:
    """The application with the settings of the environment; what a server is pointed at."""
    settings = read_settings()
    configure_logs(settings.log_format, settings.log_level)
    return Application(settings)
