"""Every object is valid in every supported Kubernetes version, and so are the example objects."""

import subprocess
from pathlib import Path

import pytest
import yaml

from chart.rendering import CHART, EXAMPLES, KUBERNETES_VERSIONS, Object, render
from chart.tools import SCHEMAS, needed

OBJECTS = sorted((CHART / "examples" / "objects").glob("*.yaml"))


def complaints(version: str, objects: list[Object], folder: Path) -> str:
    """What kubeconform reports about objects, unknown kinds and fields included; empty if they are valid."""
    program = needed("kubeconform")
    if not (SCHEMAS / "made").exists():
        needed("schemas")
    manifest = folder / "objects.yaml"
    manifest.write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper))
    places = (
        SCHEMAS / "{{.NormalizedKubernetesVersion}}" / "{{.ResourceKind}}{{.KindSuffix}}.json",
        SCHEMAS / "{{.Group}}" / "{{.ResourceKind}}_{{.ResourceAPIVersion}}.json",
    )
    options = [option for place in places for option in ("-schema-location", str(place))]
    done = subprocess.run(
        [program, "-strict", "-kubernetes-version", version, *options, str(manifest)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode == 0) == (not done.stdout + done.stderr), done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_every_example_is_valid(version: str, tmp_path: Path) -> None:
    rendered = [each for values in EXAMPLES for each in render(values, kubernetes=version).objects]
    beside = [each for path in OBJECTS for each in yaml.safe_load_all(path.read_text())]
    assert complaints(version, rendered + beside, tmp_path) == ""


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "HTTPRoute", "ServiceMonitor", "Certificate"])
def test_an_unknown_field_is_noticed(kind: str, tmp_path: Path) -> None:
    rendered = [each for values in EXAMPLES for each in render(values).all(kind)]
    rendered[0]["spec"]["replcias"] = 3
    assert "replcias" in complaints(KUBERNETES_VERSIONS[-1], rendered[:1], tmp_path)
