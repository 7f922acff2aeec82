"""Code that can change while it runs: only when enabled, and nothing else in a pod can."""

import pytest

from chart.rendering import Object, render

DEVELOPED = {"server", "operator"}


def pods(*values: str) -> dict[str, Object]:
    return dict(render("demo.enabled=true", "backup.enabled=true", *values).pods())


def test_it_is_absent_by_default() -> None:
    assert "/development" not in str(pods())


@pytest.mark.parametrize("part", sorted(DEVELOPED))
def test_a_copy_in_a_volume_replaces_the_code_and_the_image_stays_read_only(part: str) -> None:
    pod = pods("development=true")[part]
    container = pod["containers"][0]
    variables = {each["name"]: each["value"] for each in container["env"]}
    assert variables["PYTHONPATH"] == "/development/python"
    assert variables["MENAGERIE_WEB_DIRECTORY"] == "/development/web"
    assert {"name": "development", "mountPath": "/development"} in container["volumeMounts"]
    assert pod["initContainers"][0]["name"] == "copy"
    for each in (*pod["initContainers"], container):
        assert each["securityContext"]["readOnlyRootFilesystem"]
    assert {"name": "development", "emptyDir": {"sizeLimit": "512Mi"}} in pod["volumes"]


def test_workers_are_fresh_so_that_changed_code_is_served() -> None:
    commands = [
        dict(render(*values).pods())["server"]["containers"][0]["command"] for values in ((), ("development=true",))
    ]
    assert commands == [["menagerie", "serve"], ["menagerie", "serve", "--fresh-workers"]]


def test_one_off_jobs_run_the_image() -> None:
    for part, pod in pods("development=true").items():
        assert ("/development" in str(pod)) == (part in DEVELOPED), part
