"""Every pod is locked down, and is replaced when what it reads at startup changes."""

import pytest

from chart.rendering import EXAMPLES, render

EVERYTHING = ("demo.enabled=true",)


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_every_container_is_locked_down(values) -> None:
    seen = 0
    for part, pod in render(values).pods():
        assert pod["automountServiceAccountToken"] is False, part
        assert pod["enableServiceLinks"] is False, part
        assert pod["securityContext"]["runAsNonRoot"] is True, part
        assert pod["securityContext"]["runAsUser"] > 0, part
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, part
        assert not any("hostPath" in volume for volume in pod["volumes"]), part
        for container in pod["containers"] + pod.get("initContainers", []):
            seen += 1
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True, part
            assert context["allowPrivilegeEscalation"] is False, part
            assert context["capabilities"] == {"drop": ["ALL"]}, part
            assert container["resources"]["requests"]["cpu"], part
            assert container["resources"]["limits"]["memory"], part
    assert seen >= 4


def test_our_own_pods_run_as_the_images_user() -> None:
    users = {part: pod["securityContext"]["runAsUser"] for part, pod in render(*EVERYTHING).pods()}
    data = {"postgres": 999, "valkey": 999}
    assert users == {part: data.get(part, 10001) for part in users}


def test_the_image_is_one_reference_without_a_pull_policy() -> None:
    for part, pod in render("image=registry.example.com:5000/menagerie@sha256:0123").pods():
        container = pod["containers"][0]
        assert "imagePullPolicy" not in container
        if part not in {"postgres", "valkey"}:
            assert container["image"] == "registry.example.com:5000/menagerie@sha256:0123"


@pytest.mark.parametrize("change", ["settings.log_level=DEBUG", "publicUrl=https://pets.example.com"])
def test_a_changed_setting_replaces_the_servers_pods(change: str) -> None:
    before, after = (render(*values).annotations("Deployment", "server") for values in ((), (change,)))
    assert before["checksum/settings"] != after["checksum/settings"]


def test_the_same_settings_leave_the_pods_alone() -> None:
    first, second = (render().annotations("Deployment", "server")["checksum/settings"] for _ in range(2))
    assert first == second


def test_a_changed_configuration_replaces_postgres_and_valkey() -> None:
    for component, change in (
        ("postgres", "database.postgres.settings.work_mem=8MB"),
        ("valkey", "cache.valkey.maxMemory=64mb"),
    ):
        before, after = (render(*values).annotations("StatefulSet", component) for values in ((), (change,)))
        assert before["checksum/configuration"] != after["checksum/configuration"], component


def test_a_rollout_never_reduces_the_pods_and_drains_them() -> None:
    deployment = render().part("Deployment", "server")["spec"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    pod = deployment["template"]["spec"]
    container = pod["containers"][0]
    drain = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= drain + 20 + 5
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["scheme"] == "HTTPS"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_new_servers_wait_for_the_migration_job_which_is_new_in_every_revision() -> None:
    pods = dict(render().pods())
    assert pods["server"]["initContainers"][0]["command"][:3] == ["menagerie", "container", "wait"]
    first, other = (render(value).part("Job", "migration")["metadata"]["name"] for value in ("image=a:1", "image=a:2"))
    assert first != other


def test_with_an_autoscaler_the_deployment_does_not_set_the_number_of_pods() -> None:
    rendered = render("server.autoscaling.enabled=true")
    assert "replicas" not in rendered.part("Deployment", "server")["spec"]
    target = rendered.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"]
    assert target == rendered.part("Deployment", "server")["metadata"]["name"]


def test_postgres_accepts_only_tls_with_scram() -> None:
    files = render().one("ConfigMap", "-postgres")["data"]
    lines = [line.split() for line in files["pg_hba.conf"].splitlines() if line and not line.startswith("#")]
    assert {line[0] for line in lines} == {"hostssl", "local", "host"}
    for line in lines:
        assert line[-1] == ("reject" if line[0] == "host" else "scram-sha-256")
    assert "ssl = on" in files["postgresql.conf"]


def test_valkey_has_no_plain_port() -> None:
    lines = render().one("ConfigMap", "-valkey")["data"]["valkey.conf"].splitlines()
    assert "port 0" in lines
    assert "tls-port 6379" in lines
