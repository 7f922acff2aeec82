"""A short private home directory for real servers, because pytest's paths are too long for a Unix socket."""

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def home():
    directory = Path(tempfile.mkdtemp(prefix="m-"))
    yield directory / "home"
    shutil.rmtree(directory, ignore_errors=True)
