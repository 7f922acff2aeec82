"""`/metrics` for Prometheus: the metrics of all server processes, aggregated by their parent on a port of its own.

Each process keeps its metrics in files in a private directory (prometheus_client's multiprocess mode), which must be
named in the environment before a process imports the library.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from menagerie.errors import DomainError

_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


class _LiveProcesses(MultiProcessCollector):
    """Drops the gauges of processes that have ended, but keeps their counters.

    A file without metrics is skipped: it is empty for a moment while its process starts, or forever if killed then.
    """

    def __init__(self, registry: CollectorRegistry, directory: Path) -> None:
        self._directory = directory
        super().__init__(registry, path=str(directory))  # type: ignore[no-untyped-call]  # an untyped library

    def collect(self) -> Any:
        """The aggregated metrics, as prometheus_client expects them."""
        for process in {file.stem.rsplit("_", 1)[-1] for file in self._directory.glob("gauge_live*.db")}:
            if process.isdecimal() and not psutil.pid_exists(int(process)):
                mark_process_dead(int(process), path=str(self._directory))  # type: ignore[no-untyped-call]  # an untyped library
        files = [str(file) for file in self._directory.glob("*.db") if _begun(file)]
        return self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]  # an untyped library


def _begun(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:  # a gauge that was just dropped
        return False


@contextmanager
def metrics(host: str, port: int) -> Iterator[None]:
    """Collect the metrics of the processes started within the block, and serve them; port 0 serves nothing.

    Raises:
        DomainError: when the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="menagerie-metrics-") as directory:
        os.environ[_DIRECTORY] = directory
        registry = CollectorRegistry()
        _LiveProcesses(registry, Path(directory))
        if port == 0:
            yield
            return
        try:
            server, thread = start_http_server(port, host, registry)
        except OSError as error:
            raise DomainError(
                f"/metrics cannot listen on {host}:{port}: {error.strerror}. Choose another MENAGERIE_METRICS_PORT, "
                "or 0 for none."
            ) from error
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
