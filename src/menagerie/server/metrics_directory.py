"""Where each server process keeps its metrics: files in a private directory (prometheus_client's multiprocess mode).

prometheus_client looks for the directory when it is imported, so nothing here imports it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_directory() -> Iterator[Path]:
    """Make a directory, and name it in the environment until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="menagerie-metrics-") as directory:
        os.environ[_VARIABLE] = directory
        try:
            yield Path(directory)
        finally:
            del os.environ[_VARIABLE]
