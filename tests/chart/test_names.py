"""Names fit everywhere, and two releases in one namespace don't collide."""

import re

import pytest

from chart.rendering import Rendered, render

LONGEST_RELEASE = "a-release-whose-name-is-as-long-as-helm-allows-it-53x"  # 53 characters
NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
# How much Kubernetes appends to object names in labels and pod names.
APPENDED = {
    "Deployment": 0,
    "StatefulSet": 11,
    "Job": 6 + 3,
    "CronJob": 11,
    "Service": 0,
}  # 3: a revision of four digits


def _names(rendered: Rendered) -> set[tuple[str, str]]:
    return {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}


@pytest.mark.parametrize("release", ["m", "menagerie", "pets", "pets.v2", LONGEST_RELEASE, LONGEST_RELEASE[:38]])
def test_names_fit(release: str) -> None:
    for each in render("demo.enabled=true", "backup.enabled=true", release=release).objects:
        name = each["metadata"]["name"]
        assert NAME.fullmatch(name), name
        assert len(name) + APPENDED.get(each["kind"], 0) <= 63, (each["kind"], name)
        assert all(len(value) <= 63 for value in each["metadata"]["labels"].values()), name


def test_long_names_with_the_same_beginning_stay_distinct() -> None:
    other = LONGEST_RELEASE[:-1] + "y"
    assert not _names(render(release=LONGEST_RELEASE)) & _names(render(release=other))


@pytest.mark.parametrize(
    ("one", "other"), [("menagerie", "menagerie-two"), ("red", "blue"), ("red", "red-menagerie-2")]
)
def test_two_releases_do_not_collide(one: str, other: str) -> None:
    first, second = render(release=one), render(release=other)
    assert not _names(first) & _names(second)
    for service in first.all("Service"):
        selector = service["spec"]["selector"].items()
        for component in ("server", "postgres", "valkey"):
            kind = "Deployment" if component == "server" else "StatefulSet"
            labels = second.part(kind, component)["spec"]["template"]["metadata"]["labels"].items()
            assert not selector <= labels


def test_a_pod_belongs_to_one_network_policy() -> None:
    rendered = render("demo.enabled=true")
    labels = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"]["metadata"][
            "labels"
        ].items()
        for kind in ("Deployment", "StatefulSet", "Job")
        for each in rendered.all(kind)
    }
    for part, has in labels.items():
        policies = [p for p in rendered.all("NetworkPolicy") if p["spec"]["podSelector"]["matchLabels"].items() <= has]
        assert len(policies) == 1, part
        assert policies[0]["spec"]["policyTypes"] == ["Ingress", "Egress"], part


def test_the_servers_service_selects_only_servers() -> None:
    rendered = render("demo.enabled=true")
    service = rendered.one("Service", "menagerie")
    assert service["spec"]["selector"]["app.kubernetes.io/component"] == "server"
