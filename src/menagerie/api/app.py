"""The ASGI application of one process, built around its runtime."""

from contextlib import AsyncExitStack

from prometheus_client import Counter
from starlette.types import Receive, Scope, Send

from menagerie.api.access_log import AccessLog
from menagerie.api.edge import Edge
from menagerie.api.entrance import Entrance
from menagerie.api.loop_lag import LoopLag
from menagerie.api.messages import SlowBodies
from menagerie.api.resource_metrics import ResourceMetrics
from menagerie.api.routes import Routes
from menagerie.database.session import Database
from menagerie.fair_queue import FairQueue
from menagerie.logs import configure_logs
from menagerie.runtime import Runtime, runtime
from menagerie.security_log import configure_security_log
from menagerie.settings import Settings, read_settings
from menagerie.stores.graphql import NO_DEMO, Demo

MAX_WAIT_SECONDS = 2.0
"""The longest wait for an operation's turn."""
_REFUSED = Counter("menagerie_operations_refused", "Operations rejected because their queue was full.")


class Application:
    """The ASGI application. It opens its resources when the server starts it, and closes them when the server stops."""

    def __init__(self, settings: Settings, demo: Demo = NO_DEMO, database_class: type[Database] = Database) -> None:
        self._settings, self._demo, self._database_class = settings, demo, database_class
        self._runtime: Runtime | None = None
        self._edge: Edge | None = None
        self.turns: FairQueue | None = None
        """The turns at operations, by store slug."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and self._edge is not None:
            await self._edge(scope, receive, send)

    def end_streams(self) -> None:
        """End the live shelf of every open page, so that it reconnects to another process."""
        if self._runtime is not None:
            self._runtime.live.end()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """The ASGI lifespan protocol."""
        async with AsyncExitStack() as stack:
            await receive()
            try:
                access_log = AccessLog(self._settings.log_format, self._settings.log_level)
                stack.callback(access_log.flush)
                self._runtime = await stack.enter_async_context(runtime(self._settings, self._database_class))
                slow_bodies = SlowBodies()
                slow_bodies.start()
                stack.callback(slow_bodies.stop)
                lag = LoopLag()
                lag.start()
                stack.callback(lag.stop)
                self.turns = operation_turns(self._settings.concurrent_operations)
                entrance = Entrance(self._runtime.store_cache.knows, self.turns)
                routes = Routes(self._runtime, self.turns, self._demo)
                queues = {
                    "operations": self.turns,
                    "transactions": self._runtime.database.turns,
                    "sign-ins": self._runtime.authenticator.turns,
                }
                resources = ResourceMetrics(self._runtime, queues, routes.cache_bytes)
                resources.start()
                stack.callback(resources.stop)
                self._edge = Edge(routes, self._settings, access_log, entrance)
            except BaseException as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def operation_turns(limit: int) -> FairQueue:
    """Make the queue of turns at operations, by store slug."""
    return FairQueue(limit_per_store=limit * 3 // 4, limit=limit, max_wait=MAX_WAIT_SECONDS, refused=_REFUSED)


def create_app(demo: Demo = NO_DEMO, database_class: type[Database] = Database) -> Application:
    """Create the application from the environment's settings; `demo` applies only if they enable the demo."""
    settings = read_settings()
    configure_logs(settings.log_format, settings.log_level)
    configure_security_log(settings.security_log, to_stderr=True)
    return Application(settings, demo if settings.demo else NO_DEMO, database_class)
