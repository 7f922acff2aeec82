"""Changed code is noticed, by file name."""

import time
from pathlib import Path

import pytest

from menagerie.cli.local.reload import Changes

SECONDS = 10


@pytest.fixture
def changes(tmp_path: Path) -> Changes:
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "service.py").write_text("one = 1\n")
    return Changes(tmp_path)


def _next(changes: Changes) -> str:
    deadline = time.monotonic() + SECONDS
    while not (name := changes.seen()):
        assert time.monotonic() < deadline, "the change was not noticed"
    return name


def test_nothing_has_changed_at_first(changes: Changes) -> None:
    assert changes.seen() is None


def test_a_changed_an_added_and_a_removed_file_are_noticed(changes: Changes, tmp_path: Path) -> None:
    file = tmp_path / "pets" / "service.py"
    file.write_text("two = 2\n")
    assert _next(changes) == "service.py"
    (tmp_path / "pets" / "models.py").write_text("three = 3\n")
    assert _next(changes) == "models.py"
    file.unlink()
    assert _next(changes) == "service.py"


def test_other_files_and_compiled_python_are_ignored(changes: Changes, tmp_path: Path) -> None:
    (tmp_path / "pets" / "notes.txt").write_text("x")
    (tmp_path / "pets" / "__pycache__").mkdir()
    (tmp_path / "pets" / "__pycache__" / "service.cpython-311.pyc").write_text("x")
    assert [changes.seen() for _ in range(5)] == [None] * 5
    (tmp_path / "pets" / "late.py").write_text("x = 1\n")
    assert _next(changes) == "late.py"
