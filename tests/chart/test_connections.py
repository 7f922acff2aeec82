"""The network policies draw the arrows of docs/architecture.md, and no others."""

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


def _drawn(rules: list[Object], end: str) -> set[tuple[str, int]]:
    return {
        (peer["podSelector"]["matchLabels"][COMPONENT], port["port"])
        for rule in rules
        for peer in rule.get(end, [])
        if "podSelector" in peer and COMPONENT in peer["podSelector"].get("matchLabels", {})
        for port in rule["ports"]
    }


def test_exactly_the_arrows_leave() -> None:
    drawn = {
        (part, *arrow)
        for part, policy in _policies("demo.enabled=true").items()
        for arrow in _drawn(policy["egress"], "to")
    }
    assert drawn == ARROWS


def test_exactly_the_arrows_arrive() -> None:
    policies = _policies("demo.enabled=true")
    drawn = {
        (part, to, port) for to in ("postgres", "valkey") for part, port in _drawn(policies[to]["ingress"], "from")
    }
    assert drawn == {arrow for arrow in ARROWS if arrow[1] != "server"}


def test_the_data_speak_to_nobody_and_the_rest_asks_for_names_alone() -> None:
    for part, policy in _policies("demo.enabled=true").items():
        if part in {"postgres", "valkey"}:
            assert policy["egress"] == []
            continue
        others = [rule for rule in policy["egress"] if not _drawn([rule], "to")]
        assert [port["port"] for rule in others for port in rule["ports"]] == [53, 53], part


def test_nobody_reads_metrics_until_somebody_is_named() -> None:
    ports = [port["port"] for rule in _policies()["server"]["ingress"] for port in rule["ports"]]
    assert ports == [8443]
    rules = _policies(_example("monitored"))["server"]["ingress"]
    assert [rule["from"] for rule in rules if rule["ports"][0]["port"] == 9464]


def test_behind_an_ingress_only_it_and_the_test_arrive() -> None:
    (rule,) = _policies(_example("ingress"))["server"]["ingress"]
    assert rule["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == "ingress-nginx"
    assert _drawn([rule], "from") == {("story", 8443)}


@pytest.mark.parametrize("part", ["server", "operator", "migration"])
def test_only_the_owner_goes_around_the_pooler(part: str) -> None:
    ports = {port["port"] for rule in _policies(_example("pgbouncer"))[part]["egress"] for port in rule["ports"]}
    assert (5432 in ports) == (part != "server")
    assert 6432 in ports
