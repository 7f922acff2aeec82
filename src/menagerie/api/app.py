"""The application: one process's addresses around its runtime."""

from contextlib import AsyncExitStack

from starlette.types import Receive, Scope, Send

from menagerie.api.access_log import AccessLog
from menagerie.api.edge import Edge
from menagerie.api.overload import LoadShedder
from menagerie.api.routes import Routes
from menagerie.logs import configure_logs
from menagerie.runtime import Runtime, runtime
from menagerie.settings import Settings, read_settings


class Application:
    """The ASGI application. What it needs is opened when the server starts it and closed when the server stops."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runtime: Runtime | None = None
        self._edge: Edge | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what the server hands over."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self._edge is not None:
            await self._edge(scope, receive, send)

    def end_streams(self) -> None:
        """End the live shelf of every open page, which then looks for another process."""
        if self._runtime is not None:
            self._runtime.live.end()

    async def _live(self, receive: Receive, send: Send) -> None:
        """The ASGI lifespan protocol."""
        async with AsyncExitStack() as stack:
            await receive()
            try:
                access_log = AccessLog(self._settings.log_format, self._settings.log_level)
                stack.callback(access_log.flush)
                self._runtime = await stack.enter_async_context(runtime(self._settings))
                shedder = LoadShedder(self._runtime.known_stores.knows)
                shedder.start()
                stack.callback(shedder.stop)
                self._edge = Edge(Routes(self._runtime), self._settings, access_log, shedder)
            except BaseException as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def create_app() -> Application:
    """The application with the settings of the environment; what a server is pointed at."""
    settings = read_settings()
    configure_logs(settings.log_format, settings.log_level)
    return Application(settings)
