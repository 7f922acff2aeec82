"""The application that each server process serves; imported only there."""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from menagerie.api.app import create_app
from menagerie.demo.stores import demo_login
from menagerie.server.client_connections import ClientConnections
from menagerie.server.processes import max_connections
from menagerie.settings import read_settings
from menagerie.stores.graphql import Demo

_OTLP_ENDPOINTS = tuple(f"OTEL_EXPORTER_OTLP_{signal}ENDPOINT" for signal in ("", "TRACES_", "METRICS_"))
_GARBAGE_THRESHOLDS = (10_000, 50, 100)
_PARENT_SECONDS = 0.2
"""How often a process checks whether its parent is alive."""


class WatchedApplication:
    """The application, in a process that ends if its parent is killed, and that stops even while pages are open.

    Granian stops on SIGTERM and on SIGINT, but first waits for every response to end, which a live shelf's does not. So
    SIGTERM is handled here: it ends the streams, and is then passed on as SIGINT.
    """

    def __init__(self, application: ASGIApp, end_streams: Callable[[], None]) -> None:
        self._application, self._end_streams = application, end_streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "lifespan":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        await self._application(scope, receive, send)

    def _stop(self) -> None:
        self._end_streams()
        signal.raise_signal(signal.SIGINT)


def create_watched_app() -> WatchedApplication:
    """The application of one server process."""
    # Leave the terminal's process group: Ctrl-C is for the parent, which then stops every worker in the same way.
    os.setpgrp()
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    settings = read_settings()
    ClientConnections(settings.port, max_connections(), settings.idle_seconds).watch()
    watched = _traced_app() if telemetry_is_wanted(os.environ) else _plain_app()
    _collect_garbage_seldom()
    return watched


def telemetry_is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's standard variables ask for traces or metrics."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return any(environment.get(name) for name in _OTLP_ENDPOINTS) or any(
        environment.get(name) == "otlp" for name in ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER")
    )


def _plain_app() -> WatchedApplication:
    application = create_app(Demo(demo_login))
    return WatchedApplication(application, application.end_streams)


def _traced_app() -> WatchedApplication:
    # Imported only here: it takes 30 MiB per process.
    from menagerie.server.telemetry import TracedApplication, TracedDatabase  # noqa: PLC0415  see above

    application = create_app(Demo(demo_login), TracedDatabase)
    return WatchedApplication(TracedApplication(application), application.end_streams)


def _collect_garbage_seldom() -> None:
    """Look for cycles rarely, and never among objects that live as long as the process.

    Nearly everything that a request allocates is freed when it is answered. Scanning everything else at
    Python's default rate takes a fifth of the CPU time under load, and every request waits meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    # Not parent.join(): it waits for the end of a pipe, which workers forked later keep open.
    while os.getppid() == parent.pid:
        time.sleep(_PARENT_SECONDS)
    # Otherwise this process would keep the port.
    os.kill(os.getpid(), signal.SIGTERM)
