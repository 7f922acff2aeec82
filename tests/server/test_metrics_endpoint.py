"""`/metrics` while server processes come and go."""

import os
import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from menagerie.server.metrics_endpoint import metrics


@pytest.fixture(autouse=True)
def no_directory_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")


def test_the_files_of_a_process_that_has_hardly_begun_or_is_gone_disturb_nobody() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with metrics("127.0.0.1", port):
        directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        counted = MmapedDict(str(directory / "counter_4194301.db"))
        counted.write_value(mmap_key("pets_total", "pets_total", [], [], "Pets."), 3.0, 0.0)
        (directory / "counter_4194302.db").touch()
        (directory / "gauge_liveall_4194303.db").touch()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert "pets_total 3.0" in answer.read().decode()
        assert not list(directory.glob("gauge*"))
        counted.close()
