"""Where pods may run: set once for all of them, or per component."""

import json
from pathlib import Path

import pytest

from chart.rendering import render

EVERYTHING = ("demo.enabled=true", "backup.enabled=true")
PARTS = {
    "server": "server",
    "operator": "operator",
    "migration": "migration",
    "backup": "backup",
    "demo": "demo",
    "story": "story",
    "postgres": "database.postgres",
    "valkey": "cache.valkey",
}
NODES = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["fast"]}]}]
        }
    }
}
TOLERATION = {"key": "dedicated", "operator": "Equal", "value": "pets", "effect": "NoSchedule"}


def _values(tmp_path: Path, values: object) -> Path:
    file = tmp_path / "values.json"
    file.write_text(json.dumps(values))
    return file


def test_scheduling_rules_are_absent_by_default() -> None:
    for part, pod in render("demo.enabled=true").pods():
        assert not {"nodeSelector", "tolerations", "affinity"} & set(pod), part


def test_common_rules_apply_to_every_pod(tmp_path: Path) -> None:
    scheduling = {"nodeSelector": {"pool": "pets"}, "tolerations": [TOLERATION], "affinity": NODES}
    pods = dict(render(*EVERYTHING, _values(tmp_path, {"scheduling": scheduling})).pods())
    assert set(pods) == set(PARTS)
    for part, pod in pods.items():
        assert pod["nodeSelector"] == {"pool": "pets"}, part
        assert pod["tolerations"] == [TOLERATION], part
        assert pod["affinity"]["nodeAffinity"] == NODES["nodeAffinity"], part


@pytest.mark.parametrize("part", PARTS)
def test_a_component_can_have_its_own_rules(part: str) -> None:
    rules = f"{PARTS[part]}.nodeSelector.pool=own"
    pods = dict(render(*EVERYTHING, "scheduling.nodeSelector.pool=pets", rules).pods())
    assert {name: pod["nodeSelector"]["pool"] for name, pod in pods.items()} == {
        name: "own" if name == part else "pets" for name in PARTS
    }


def test_a_backup_stays_on_the_operators_node_whatever_the_other_rules(tmp_path: Path) -> None:
    near = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "near"}}}
    affinity = {**NODES, "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}}
    values = _values(tmp_path, {"backup": {"affinity": affinity}})
    found = dict(render(*EVERYTHING, values).pods())["backup"]["affinity"]
    rules = found["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert found["nodeAffinity"] == NODES["nodeAffinity"]
    assert [rule["topologyKey"] for rule in rules] == ["zone", "kubernetes.io/hostname"]
    assert rules[1]["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == "operator"
