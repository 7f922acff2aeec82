"""The server processes: granian's workers, and their parent, which restarts them and aggregates their metrics."""

import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from menagerie.errors import DomainError
from menagerie.server.metrics_directory import metrics_directory
from menagerie.server.ports import taken
from menagerie.settings import Settings

_STOP_SECONDS = 20  # Kubernetes kills after 30, and the metrics and the parent stop after the workers.
_BACKLOG = 2048
_MAX_CONNECTIONS = 8192
"""Per process, within its limit on open files. Further clients wait, and pages keep their connections open."""
_OTHER_FILES = 256
# Granian's logs go where all others go; it configures the logging of every process that it starts.
_GRANIAN_LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "INFO", "propagate": True}, "granian.access": {"propagate": True}},
    "formatters": {},
    "handlers": {},
}


def serve(settings: Settings, *, until_input_ends: bool, fresh_workers: bool = False) -> None:
    """Serve the stores until SIGTERM or Ctrl-C.

    Args:
        settings: where to listen, and with how many workers.
        until_input_ends: also stop when standard input is closed.
        fresh_workers: start each worker in a fresh interpreter, so that SIGHUP serves changed code.

    Raises:
        DomainError: when nothing can listen on the port.
    """
    if reason := taken(settings.host, settings.port):
        raise DomainError(
            f"Port {settings.port} of {settings.host} cannot be used: {reason}. Choose another MENAGERIE_PORT."
        )
    with metrics_directory() as directory:
        # Imported here: prometheus_client looks for the directory when it is imported.
        from menagerie.server.metrics_endpoint import metrics  # noqa: PLC0415  see above

        _choose_start_method(fresh_workers=fresh_workers)
        with metrics(directory, settings.metrics_host, settings.metrics_port):
            server = _server(settings)
            if until_input_ends:
                threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
            server.serve()


def max_connections() -> int:
    """How many connections a server process accepts, after raising its limit on open files as far as possible."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS: even if the hard limit is unlimited, setting it may fail
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_CONNECTIONS if files == resource.RLIM_INFINITY else max(1, min(_MAX_CONNECTIONS, files - _OTHER_FILES))


def _choose_start_method(*, fresh_workers: bool) -> None:
    """Fork workers from a process that has imported everything, so that they share its memory: 42 MiB of each.

    macOS's own libraries don't survive a fork, so there each worker starts a fresh interpreter.
    """
    if fresh_workers or sys.platform != "linux":
        multiprocessing.set_start_method("spawn", force=True)
        return
    importlib.import_module("menagerie.server.worker")
    # A collection writes to every object that it visits, which would copy its memory page.
    gc.collect()
    gc.freeze()
    multiprocessing.set_start_method("fork", force=True)


def _server(settings: Settings) -> MPServer:
    return MPServer(
        "menagerie.server.worker:create_watched_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=settings.workers,
        loop=Loops.auto,  # uvloop if it is installed
        http=HTTPModes.auto,
        # While an HTTP/1 connection is idle, the server waits for the next request's headers.
        http1_settings=HTTP1Settings(header_read_timeout=settings.idle_seconds * 1000),
        http2_settings=HTTP2Settings(max_concurrent_streams=100, max_headers_size=64 * 1024),
        websockets=False,
        backlog=_BACKLOG,
        backpressure=max_connections(),
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.info if settings.log_level in {"DEBUG", "INFO"} else LogLevels.warning,
        log_dictconfig=_GRANIAN_LOGS,
        log_access=False,
    )


def _stop_at_end_of_input() -> None:
    """Stop when standard input ends: our parent holds the other end, which closes even if it is killed."""
    # Not through sys.stdin: a worker forked meanwhile would inherit its lock, held by a thread that it doesn't have.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
