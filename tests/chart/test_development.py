"""Code that can be changed while it runs: only when asked for, and nothing else of a pod can be."""

import pytest

from chart.rendering import Object, render

WORKED_WITH = {"server", "operator"}


def pods(*values: str) -> dict[str, Object]:
    return dict(render("demo.enabled=true", "backup.enabled=true", *values).pods())


def test_nothing_of_it_is_there_until_it_is_wanted() -> None:
    assert "/development" not in str(pods())


@pytest.mark.parametrize("part", sorted(WORKED_WITH))
def test_a_copy_in_a_volume_takes_the_images_place_and_the_image_stays_read_only(part: str) -> None:
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


def test_whoever_works_once_runs_the_image() -> None:
    for part, pod in pods("development=true").items():
        assert ("/development" in str(pod)) == (part in WORKED_WITH), part
