"""`/metrics` for Prometheus: the metrics of all server processes, aggregated by their parent on a separate port."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import (
    MultiProcessCollector,
    mark_process_dead,  # pyright: ignore[reportUnknownVariableType]  # an untyped library
)

from menagerie.errors import DomainError


class _LiveProcesses(MultiProcessCollector):
    """Drops the gauges of processes that have ended, but keeps their counters.

    An empty file is skipped: a process leaves it empty for a moment while it starts, or forever if killed then.
    """

    def __init__(self, registry: CollectorRegistry, directory: Path) -> None:
        self._directory = directory
        self._collecting = threading.Lock()
        super().__init__(registry, path=str(directory))  # type: ignore[no-untyped-call]  # an untyped library
        # No worker is forked while a thread of this process collects, since it may hold a lock that the worker needs.
        os.register_at_fork(
            before=self._collecting.acquire,
            after_in_parent=self._collecting.release,
            after_in_child=self._collecting.release,
        )

    def collect(self) -> Any:
        """The aggregated metrics, as prometheus_client expects them."""
        with self._collecting:
            for process in {file.stem.rsplit("_", 1)[-1] for file in self._directory.glob("gauge_live*.db")}:
                if process.isdecimal() and not _serves(int(process)):
                    mark_process_dead(int(process), path=str(self._directory))  # type: ignore[no-untyped-call]  # an untyped library
            files = [str(file) for file in self._directory.glob("*.db") if _begun(file)]
            return self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]  # an untyped library


def _serves(process: int) -> bool:
    """Whether a process is alive, and not this one, which imports the metrics but answers no requests."""
    return process != os.getpid() and psutil.pid_exists(process)


def _begun(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:  # a gauge that was just dropped
        return False


@contextmanager
def metrics(directory: Path, host: str, port: int) -> Iterator[None]:
    """Serve the metrics that processes keep in the directory; port 0 serves nothing.

    Raises:
        DomainError: when the port is taken.
    """
    if port == 0:
        yield
        return
    registry = CollectorRegistry()
    _LiveProcesses(registry, directory)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise DomainError(
            f"/metrics cannot listen on {host}:{port}: {error.strerror}. Choose another MENAGERIE_METRICS_PORT, "
            "or 0 for none."
        ) from error
    # A worker that outlives this process for a moment must not keep the port.
    os.register_at_fork(after_in_child=server.socket.close)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
