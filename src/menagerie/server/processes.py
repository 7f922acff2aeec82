"""The processes that serve: granian's workers, and their parent, which starts them again and adds up their metrics."""

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
from menagerie.server.metrics_endpoint import metrics
from menagerie.server.ports import taken
from menagerie.settings import Settings

_STOP_SECONDS = 20  # Kubernetes kills after 30, and the metrics and the parent end after the workers.
_BACKLOG = 2048
_MAX_CONNECTIONS = 8192
"""Of each process, as far as it may open files. Whoever comes beyond them waits, and pages keep theirs open."""
_OTHER_FILES = 256
_HEADER_MILLISECONDS = 15_000
# Of glibc (mallopt(3)), in the environment of every process that is started. Each arena keeps the 7 MiB that a
# password's hash took; not to keep them would make every hash half as slow again.
_MEMORY = {"MALLOC_ARENA_MAX": "2"}
# Granian's logs go where all others go; granian configures the logging of every process that it starts.
_GRANIAN_LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "INFO", "propagate": True}, "granian.access": {"propagate": True}},
    "formatters": {},
    "handlers": {},
}


def serve(settings: Settings, *, until_input_ends: bool) -> None:
    """Serve the stores until SIGTERM or Ctrl-C.

    Args:
        settings: where to listen, and with how many workers.
        until_input_ends: stop as well when standard input is closed.

    Raises:
        DomainError: when nothing can listen on the port.
    """
    if reason := taken(settings.host, settings.port):
        raise DomainError(
            f"Port {settings.port} of {settings.host} cannot be used: {reason}. Choose another MENAGERIE_PORT."
        )
    # A fresh interpreter per worker, on every system: the metrics thread of this process must not be forked.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ.update({name: value for name, value in _MEMORY.items() if name not in os.environ})
    with metrics(settings.metrics_host, settings.metrics_port):
        server = _server(settings)
        if until_input_ends:
            threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
        server.serve()


def _server(settings: Settings) -> MPServer:
    return MPServer(
        "menagerie.server.worker:create_watched_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=settings.workers,
        loop=Loops.auto,  # uvloop where it is installed
        http=HTTPModes.auto,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        http2_settings=HTTP2Settings(max_concurrent_streams=100, max_headers_size=64 * 1024),
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_connections(),
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.info if settings.log_level in {"DEBUG", "INFO"} else LogLevels.warning,
        log_dictconfig=_GRANIAN_LOGS,
        log_access=False,
    )


def _connections() -> int:
    """How many a process may have open, after it was allowed as many files as the system lets it have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS: a limit that is none may still be too much
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_CONNECTIONS if files == resource.RLIM_INFINITY else max(1, min(_MAX_CONNECTIONS, files - _OTHER_FILES))


def _stop_at_end_of_input() -> None:
    """Whoever started us holds the other end, and it closes even when they are killed."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
