"""A tool that renders without the cluster gets the same result each time, and no generated Secret."""

from pathlib import Path

import pytest

from chart.rendering import CHART, refusal, render

GITOPS = CHART / "examples" / "gitops.yaml"
SECRETS = {"pets-database-login", "pets-owner-login", "pets-superuser-login", "pets-cache-login", "pets-master-keys"}


def test_nothing_is_generated() -> None:
    first, second = render(GITOPS), render(GITOPS)
    assert first.objects == second.objects
    assert first.all("Secret") == []


def test_by_default_the_chart_generates_secrets() -> None:
    made = {each["metadata"]["name"] for each in render().all("Secret")}
    assert {"menagerie-database", "menagerie-owner", "menagerie-superuser", "menagerie-cache"} <= made


def test_the_pods_read_the_named_secrets() -> None:
    named = set()
    for _, pod in render(GITOPS).pods():
        for volume in pod["volumes"]:
            sources = [*volume.get("projected", {}).get("sources", []), volume]
            named |= {s["secret"].get("name") or s["secret"]["secretName"] for s in sources if "secret" in s}
    assert named >= SECRETS
    assert {name for name in named if not name.endswith("-tls")} == SECRETS


def test_every_object_has_the_given_name() -> None:
    rendered = render(GITOPS, release="anything")
    assert all(each["metadata"]["name"].split("-")[0] == "pets" for each in rendered.objects)


@pytest.mark.parametrize(
    "values",
    [
        ("fullnameOverride=" + "long-name-" * 5 + "x",),
        ("fullnameOverride=pets.v2",),
    ],
)
def test_a_long_or_dotted_name_is_shortened(values: tuple[str, ...]) -> None:
    (server,) = (
        each for each in render(*values).all("Deployment") if not each["metadata"]["name"].endswith("operator")
    )
    assert len(server["metadata"]["name"]) <= 32
    assert "." not in server["metadata"]["name"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("database.postgres.existingSecrets.owner=mine", "Name your Secrets in database.external."),
        ("cache.valkey.existingSecret=mine", "Name your Secret in cache.external.secret."),
    ],
)
def test_a_secret_for_a_server_that_is_not_bundled_is_refused(value: str, expected: str) -> None:
    external: Path = CHART / "examples" / "external-servers.yaml"
    assert expected in refusal(external, value)
