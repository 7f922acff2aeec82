"""Finds the chart's tools: built by `make chart-tools`, or installed on this machine."""

import shutil
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MADE = ROOT / ".cache" / "chart"
SCHEMAS = _MADE / "schemas"


def found(name: str) -> str | None:
    """The pinned program, or else an installed one."""
    made = (_MADE / "bin" / name, _MADE / "python" / "bin" / name)
    return next((str(path) for path in made if path.exists()), shutil.which(name))


def needed(name: str) -> str:
    """The program; without it, the test is skipped with a warning."""
    path = found(name)
    if path is None:
        reason = f"{name} is missing, so the chart was NOT checked by it here. `make chart-tools` builds it."
        warnings.warn(reason, stacklevel=2)
        pytest.skip(reason)
    return path
