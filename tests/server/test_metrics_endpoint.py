"""`/metrics` while server processes start and end."""

import os
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from menagerie.server.metrics_directory import metrics_directory
from menagerie.server.metrics_endpoint import metrics


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    with metrics_directory() as made:
        assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(made)
        yield made
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def test_files_of_a_starting_or_ended_process_do_no_harm(directory: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with metrics(directory, "127.0.0.1", port):
        counted = MmapedDict(str(directory / "counter_4194301.db"))
        counted.write_value(mmap_key("pets_total", "pets_total", [], [], "Pets."), 3.0, 0.0)
        (directory / "counter_4194302.db").touch()
        (directory / "gauge_liveall_4194303.db").touch()
        (directory / f"gauge_livemin_{os.getpid()}.db").touch()  # of the parent, which serves nobody
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert "pets_total 3.0" in answer.read().decode()
        assert not list(directory.glob("gauge*"))
        counted.close()
