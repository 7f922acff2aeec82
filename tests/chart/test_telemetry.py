"""Telemetry goes where its variables point, from the server only, and the network policy allows it."""

from chart.rendering import Object, Rendered, refusal, render

ENDPOINT = "telemetry.environment.OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.observability.svc:4318"


def _ports(rendered: Rendered, component: str) -> list[int]:
    egress: list[Object] = rendered.part("NetworkPolicy", component)["spec"]["egress"]
    return [port["port"] for rule in egress for port in rule.get("ports", [])]


def test_without_its_variables_nothing_is_sent() -> None:
    rendered = render()
    assert 4318 not in _ports(rendered, "server")
    assert "env" not in dict(rendered.pods())["server"]["containers"][0]


def test_only_the_server_gets_them_and_may_reach_the_collector() -> None:
    rendered = render(ENDPOINT, "telemetry.environment.OTEL_TRACES_SAMPLER_ARG=0.1", "telemetry.port=4319")
    variables = {
        part: {each["name"]: each["value"] for each in pod["containers"][0].get("env", [])}
        for part, pod in rendered.pods()
    }
    assert variables["server"] == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.observability.svc:4318",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    }
    assert not any(name.startswith("OTEL_") for part in set(variables) - {"server"} for name in variables[part])
    assert 4319 in _ports(rendered, "server")
    assert 4319 not in _ports(rendered, "operator")


def test_a_peer_replaces_addresses() -> None:
    rendered = render(ENDPOINT, "telemetry.peers[0].podSelector.matchLabels.app=collector")
    rules = rendered.part("NetworkPolicy", "server")["spec"]["egress"]
    (rule,) = (each for each in rules if {"port": 4318, "protocol": "TCP"} in each["ports"])
    assert rule["to"] == [{"podSelector": {"matchLabels": {"app": "collector"}}}]


def test_only_opentelemetrys_variables_are_accepted() -> None:
    assert "MENAGERIE_DATABASE_URL" in refusal("telemetry.environment.MENAGERIE_DATABASE_URL=postgresql://x")
