"""`/metrics` for Prometheus: the numbers of all server processes, added up by their parent on a port of its own.

Each process keeps its numbers in files of a private directory (prometheus_client's multiprocess mode), which must be
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
    """Forgets the gauges of processes that have ended; what they counted stays counted.

    A file is empty for a moment while its process begins, for ever if it is killed then, and is no file of numbers yet.
    """

    def __init__(self, registry: CollectorRegistry, directory: Path) -> None:
        self._directory = directory
        super().__init__(registry, path=str(directory))  # type: ignore[no-untyped-call]  # an untyped library

    def collect(self) -> Any:
        """The sums, as prometheus_client wants them."""
        for process in {file.stem.rsplit("_", 1)[-1] for file in self._directory.glob("gauge_live*.db")}:
            if process.isdecimal() and not psutil.pid_exists(int(process)):
                mark_process_dead(int(process), path=str(self._directory))  # type: ignore[no-untyped-call]  # an untyped library
        files = [str(file) for file in self._directory.glob("*.db") if _begun(file)]
        return self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]  # an untyped library


def _begun(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:  # a gauge that was just forgotten
        return False


@contextmanager
def metrics(host: str, port: int) -> Iterator[None]:
    """Collect the numbers of the processes started within, and serve them; port 0 serves nothing.

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
