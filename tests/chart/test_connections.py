"""The network policies allow the connections in docs/architecture.md, and no others."""

from pathlib import Path

import pytest

from chart.rendering import CHART, Object, render

ARROWS = {
    ("server", "postgres", 5432),
    ("server", "valkey", 6379),
    ("migration", "postgres", 5432),
    ("demo", "postgres", 5432),
    ("demo", "valkey", 6379),
    ("operator", "postgres", 5432),
    ("operator", "valkey", 6379),
    ("story", "server", 8443),
}
COMPONENT = "app.kubernetes.io/component"


def _example(name: str) -> Path:
    return CHART / "examples" / f"{name}.yaml"


def _policies(*values: Path | str) -> dict[str, Object]:
    return {each["metadata"]["labels"][COMPONENT]: each["spec"] for each in render(*values).all("NetworkPolicy")}


def _links(rules: list[Object], end: str) -> set[tuple[str, int]]:
    return {
        (peer["podSelector"]["matchLabels"][COMPONENT], port["port"])
        for rule in rules
        for peer in rule.get(end, [])
        if "podSelector" in peer and COMPONENT in peer["podSelector"].get("matchLabels", {})
        for port in rule["ports"]
    }


def test_exactly_the_documented_connections_leave() -> None:
    found = {
        (part, *arrow)
        for part, policy in _policies("demo.enabled=true").items()
        for arrow in _links(policy["egress"], "to")
    }
    assert found == ARROWS


def test_exactly_the_documented_connections_arrive() -> None:
    policies = _policies("demo.enabled=true")
    found = {
        (part, to, port) for to in ("postgres", "valkey") for part, port in _links(policies[to]["ingress"], "from")
    }
    assert found == {arrow for arrow in ARROWS if arrow[1] != "server"}


def test_data_pods_connect_nowhere_and_others_need_only_dns() -> None:
    for part, policy in _policies("demo.enabled=true").items():
        if part in {"postgres", "valkey"}:
            assert policy["egress"] == []
            continue
        others = [rule for rule in policy["egress"] if not _links([rule], "to")]
        assert [port["port"] for rule in others for port in rule["ports"]] == [53, 53], part


def test_metrics_are_closed_until_a_reader_is_named() -> None:
    ports = [port["port"] for rule in _policies()["server"]["ingress"] for port in rule["ports"]]
    assert ports == [8443]
    rules = _policies(_example("monitored"))["server"]["ingress"]
    assert [rule["from"] for rule in rules if rule["ports"][0]["port"] == 9464]


def test_behind_an_ingress_only_it_and_the_test_may_connect() -> None:
    (rule,) = _policies(_example("ingress"))["server"]["ingress"]
    assert rule["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == "ingress-nginx"
    assert _links([rule], "from") == {("story", 8443)}


@pytest.mark.parametrize("part", ["server", "operator", "migration"])
def test_only_the_owner_bypasses_the_pooler(part: str) -> None:
    ports = {port["port"] for rule in _policies(_example("pgbouncer"))[part]["egress"] for port in rule["ports"]}
    assert (5432 in ports) == (part != "server")
    assert 6432 in ports
