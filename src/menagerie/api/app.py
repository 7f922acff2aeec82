"""The application: one process's routes around its runtime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from menagerie.api import health, pictures, storefront
from menagerie.api.edge import Edge
from menagerie.api.gate import Gate
from menagerie.api.graphql import http_exception, router
from menagerie.api.publicity import Publicity
from menagerie.api.request import ENDPOINTS
from menagerie.api.schemas import SCHEMAS
from menagerie.logs import configure_logs
from menagerie.runtime import Runtime, runtime
from menagerie.settings import Settings, read_settings


class Application:
    """The ASGI application. What it needs is opened when the server starts it and closed when the server stops."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._inner: ASGIApp = FastAPI(lifespan=self._lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what the server hands over."""
        await self._inner(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with runtime(self._settings) as opened:
            _add_routes(app, self._settings, opened)
            gate = Gate(app, opened, Publicity(SCHEMAS["storefront"].graphql_schema))
            self._inner = Edge(gate, self._settings)
            yield


def _add_routes(app: FastAPI, settings: Settings, opened: Runtime) -> None:
    for endpoint in ENDPOINTS.values():
        app.include_router(router(endpoint, opened))
    app.include_router(health.router(opened))
    app.include_router(pictures.router(opened))
    app.include_router(storefront.router(settings))
    app.add_exception_handler(HTTPException, http_exception)


def create_app() -> Application:
    """The application with the settings of the environment; what a server is pointed at."""
    settings = read_settings()
    configure_logs(settings.log_format, settings.log_level)
    return Application(settings)
