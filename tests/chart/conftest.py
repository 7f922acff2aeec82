"""The chart's tests need helm but no server."""

import warnings
from pathlib import Path

import pytest

from chart.rendering import HELM

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if HELM is None:
        reason = "helm is not installed, so NOTHING of the chart is tested here. `make chart-tools` builds it."
        warnings.warn(reason, stacklevel=1)
        for item in items:
            if item.path.is_relative_to(_HERE):
                item.add_marker(pytest.mark.skip(reason=reason))
