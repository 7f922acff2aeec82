"""The dashboard queries metrics and labels that the server exports."""

import json
import re

import pytest
from prometheus_client import REGISTRY

from chart.rendering import CHART, Object, render
from menagerie.server import worker  # noqa: F401  imports everything that has metrics

# What Prometheus itself records about a target.
_OF_PROMETHEUS = {"up": {"namespace", "service"}}
_FROM_DISCOVERY = {"namespace", "service"}


@pytest.fixture(scope="module")
def dashboard() -> Object:
    data = render(CHART / "examples" / "monitored.yaml").one("ConfigMap", "-dashboard")["data"]
    return json.loads(data["menagerie.json"])


def _exported() -> dict[str, set[str]]:
    """Each series that a server process may export, with its labels."""
    return {
        name: {*getattr(collector, "_labelnames", ()), *(["le"] if name.endswith("_bucket") else [])}
        for name, collector in REGISTRY._names_to_collectors.items()
    }


def _queries(dashboard: Object) -> list[str]:
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return asked + [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]


def test_it_queries_only_what_the_server_exports(dashboard: Object) -> None:
    exported = _exported() | _OF_PROMETHEUS
    queries = _queries(dashboard)
    for query in queries:
        series = set(re.findall(r"\b(menagerie_\w+|up)\b", query))
        assert series, query
        assert series <= exported.keys(), query
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", query))
        labels |= {name.strip() for group in re.findall(r"by \(([^)]*)\)", query) for name in group.split(",")}
        assert labels - _FROM_DISCOVERY <= set.union(*(exported[name] for name in series)), query
    assert {name for name in exported if name.startswith("menagerie_") and name.endswith(("_total", "_bucket"))} <= {
        name for query in queries for name in re.findall(r"menagerie_\w+", query)
    }


def test_its_data_source_is_a_variable_and_its_panels_do_not_overlap(dashboard: Object) -> None:
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {"${source}"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(places) == len(set(places)) == len({panel["id"] for panel in dashboard["panels"]})


def test_the_dashboard_is_absent_by_default() -> None:
    assert not [each for each in render().all("ConfigMap") if each["metadata"]["name"].endswith("-dashboard")]
