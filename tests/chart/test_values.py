"""Values that can't work are refused with a message, and every example renders."""

import json
from pathlib import Path

import pytest
import yaml

from chart.rendering import CHART, EXAMPLES, refusal, render


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("image=",), "Set image to"),
        (("database.bundled=false",), "database.external.secret"),
        (("database.external.secret=mine",), "are both set"),
        (
            ("database.bundled=false", "database.external.secret=a", "database.external.ownerSecret=a"),
            "the same Secret",
        ),
        (("cache.bundled=false",), "cache.external.secret must name"),
        (("cache.external.secret=mine",), "cache.bundled and cache.external.secret are both set"),
        (("server.replicas=1",), "no node could ever be drained"),
        (("server.autoscaling.enabled=true", "server.autoscaling.minReplicas=1"), "no node could ever be drained"),
        (("server.autoscaling.enabled=true", "server.autoscaling.maxReplicas=1"), "more than maxReplicas"),
        (("ingress.enabled=true", "ingress.host=pets.example.com"), "customers use"),
        (
            ("ingress.enabled=true", "ingress.host=pets.example.com", "publicUrl=https://pets.example.com"),
            "has no certificate",
        ),
        (("gateway.enabled=true", "gateway.host=localhost"), "gateway.authorityConfigMap"),
        (("demo.enabled=true", "publicUrl=https://pets.example.com"), "password everybody knows"),
        (("development=true", "publicUrl=https://pets.example.com"), "lets the code be changed"),
        (("tls.source=certManager",), "issuerRef.name"),
        (("tls.source=existing", "tls.existing.server=a", "tls.existing.valkey=b"), "tls.existing.postgres"),
        (("masterKeys.first=2",), "masterKeys.first"),
        (("metrics.serviceMonitor.enabled=true",), "metrics.from"),
        # Refused by the schema:
        (("server.replicas=0",), "replicas"),
        (("publicUrl=http://pets.example.com",), "publicUrl"),
        (("settings.master_keys=x",), "master_keys"),
        (("settings.log_level=LOUD",), "log_level"),
        (("serverr.replicas=3",), "serverr"),
        (("database.postgres.size=8",), "size"),
        (("tls.source=letsencrypt",), "source"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_values_are_refused_with_a_message(values: tuple[str, ...], expected: str) -> None:
    message = refusal(*values)
    assert expected in message
    assert "nil pointer" not in message


def test_one_pod_without_a_budget_is_accepted() -> None:
    rendered = render("server.replicas=1", "server.podDisruptionBudget.enabled=false")
    assert not rendered.all("PodDisruptionBudget")


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_renders_with_a_budget_it_can_keep(values: Path) -> None:
    rendered = render(values)
    least = rendered.part("Deployment", "server")["spec"].get("replicas")
    for scaler in rendered.all("HorizontalPodAutoscaler"):
        least = scaler["spec"]["minReplicas"]
    for budget in rendered.all("PodDisruptionBudget"):
        assert budget["spec"]["minAvailable"] < least


def test_skaffold_forwards_the_stores_to_the_documented_port_and_leaves_pushing_open() -> None:
    skaffold = yaml.safe_load((CHART.parents[1] / "skaffold.yaml").read_text())
    (named,) = skaffold["deploy"]["helm"]["releases"]
    ports = [port["port"] for each in render(release=named["name"]).all("Service") for port in each["spec"]["ports"]]
    # Skaffold forwards every Service to the same port number. A forward of ours would add a second one.
    assert ports.count(8443) == 1
    assert "portForward" not in skaffold
    assert "push" not in skaffold["build"]["local"]


def test_every_value_is_documented_and_known_to_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}
    assert schema["additionalProperties"] is False
    lines = (CHART / "values.yaml").read_text().splitlines()
    for line, before in zip(lines[1:], lines, strict=False):
        if line and not line[0].isspace() and not line.startswith("#") and line.endswith(("{}", "[]", '""', "true")):
            assert before.startswith("#"), line
