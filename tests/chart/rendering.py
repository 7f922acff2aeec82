"""Renders the chart with `helm`, and finds objects in the output."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chart.tools import ROOT, found

CHART = ROOT / "charts" / "menagerie"
EXAMPLES = sorted((CHART / "examples").glob("*.yaml"))
# The oldest version that the chart allows, and the newest.
KUBERNETES_VERSIONS = (ROOT / ".ci" / "chart" / "kubernetes").read_text().split()
KUBERNETES = KUBERNETES_VERSIONS[-1]
HELM = found("helm")

Object = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """The objects of a release."""

    objects: list[Object]

    def all(self, kind: str) -> list[Object]:
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str, ending: str = "") -> Object:
        found = [each for each in self.all(kind) if each["metadata"]["name"].endswith(ending)]
        assert len(found) == 1, (kind, ending, [each["metadata"]["name"] for each in found])
        return found[0]

    def part(self, kind: str, component: str) -> Object:
        found = [
            each for each in self.all(kind) if each["metadata"]["labels"]["app.kubernetes.io/component"] == component
        ]
        assert len(found) == 1, (kind, component, len(found))
        return found[0]

    def pods(self) -> Iterator[tuple[str, Object]]:
        """Each pod's component and specification."""
        for each in self.objects:
            labels = each["metadata"].get("labels", {})
            if each["kind"] == "Pod":
                yield labels["app.kubernetes.io/component"], each["spec"]
            elif each["kind"] in {"Deployment", "StatefulSet", "Job"}:
                yield labels["app.kubernetes.io/component"], each["spec"]["template"]["spec"]
            elif each["kind"] == "CronJob":
                yield labels["app.kubernetes.io/component"], each["spec"]["jobTemplate"]["spec"]["template"]["spec"]

    def annotations(self, kind: str, component: str) -> dict[str, str]:
        return self.part(kind, component)["spec"]["template"]["metadata"]["annotations"]


def helm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    assert HELM
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False, timeout=120)


@cache
def _template(
    release: str, namespace: str, kubernetes: str, values: tuple[Path | str, ...]
) -> "subprocess.CompletedProcess[str]":
    options = [
        part for value in values for part in (("-f", str(value)) if isinstance(value, Path) else ("--set", value))
    ]
    place = ("--namespace", namespace, "--kube-version", kubernetes)
    return helm("template", release, str(CHART), *place, "--set", "image=menagerie:test", *options)


def render(
    *values: Path | str, release: str = "menagerie", namespace: str = "pets", kubernetes: str = KUBERNETES
) -> Rendered:
    """Render the release with values files (paths) and single values (`name=value`)."""
    done = _template(release, namespace, kubernetes, values)
    assert done.returncode == 0, done.stderr
    return Rendered([each for each in objects(done.stdout) if each])


def objects(text: str) -> list[Any]:
    """The documents of a YAML text, read by libyaml, which is ten times as fast as PyYAML's own reader."""
    return list(yaml.load_all(text, yaml.CSafeLoader))


def refusal(*values: Path | str) -> str:
    """Helm's error about values that it must refuse."""
    done = _template("menagerie", "pets", KUBERNETES, values)
    assert done.returncode != 0, "helm accepted these values"
    return done.stderr
