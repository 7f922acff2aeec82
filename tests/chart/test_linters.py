"""Every finding of the Kubernetes linters in any example is fixed, or has its reason in exceptions.toml."""

import json
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from chart.rendering import CHART, EXAMPLES, KUBERNETES, helm, render
from chart.tools import needed

EXCEPTIONS = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text())


@dataclass(frozen=True, order=True)
class Finding:
    """A linter's finding about a component of the release."""

    check: str
    part: str
    message: str


Parts = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Manifests:
    """The examples as files, as they'd be in a cluster, and the component of each object."""

    folder: Path
    parts: dict[str, Parts]

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.yaml"))

    def part(self, file: str, kind: str, name: str) -> str:
        return self.parts[Path(file).stem][kind, name]


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    folder, parts = tmp_path_factory.mktemp("manifests"), {}
    for values in EXAMPLES:
        objects = render(values).objects
        for each in objects:
            # `helm install` does this, `helm template` doesn't.
            each["metadata"]["namespace"] = "pets"
        (folder / f"{values.stem}.yaml").write_text(yaml.safe_dump_all(objects))
        parts[values.stem] = {
            (each["kind"], each["metadata"]["name"]): each["metadata"]["labels"]["app.kubernetes.io/component"]
            for each in objects
        }
    return Manifests(folder, parts)


def _json_of(*command: str) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise AssertionError(f"{command[0]} did not answer: {done.stdout[-500:]} {done.stderr[-2000:]}") from None


def kube_score(manifests: Manifests) -> set[Finding]:
    program, best_grade = needed("kube-score"), 10
    version = "v" + KUBERNETES.rpartition(".")[0]
    return {
        Finding(
            check["check"]["id"], manifests.part(file.name, kind, scored["object_meta"]["name"]), comment["summary"]
        )
        for file in manifests.files()
        for scored in _json_of(program, "score", "-o", "json", "--kubernetes-version", version, str(file))
        for kind in [scored["type_meta"]["kind"]]
        for check in scored["checks"]
        if check["grade"] < best_grade and not check["skipped"]
        for comment in check["comments"] or [{"summary": check["check"]["comment"]}]
    }


def kube_linter(manifests: Manifests) -> set[Finding]:
    program = needed("kube-linter")
    return {
        Finding(report["Check"], part, report["Diagnostic"]["Message"])
        for file in manifests.files()
        for report in _json_of(program, "lint", "--format=json", "--add-all-built-in", str(file))["Reports"] or ()
        for found in [report["Object"]["K8sObject"]]
        for part in [manifests.part(file.name, found["GroupVersionKind"]["Kind"], found["Name"])]
    }


def checkov(manifests: Manifests) -> set[Finding]:
    options = ("--framework=kubernetes", "--output=json", "--compact", "--quiet", "--skip-download")
    answer = _json_of(needed("checkov"), "--directory", str(manifests.folder), *options)
    assert answer["summary"]["parsing_errors"] == 0
    return {
        Finding(failed["check_id"], manifests.part(failed["file_path"], kind, name), failed["check_name"])
        for failed in answer["results"]["failed_checks"]
        for kind, _, name in [failed["resource"].split(".", 2)]
    }


@pytest.mark.parametrize("linter", [kube_score, kube_linter, checkov], ids=lambda linter: linter.__name__)
def test_every_finding_has_a_reason_and_every_reason_is_needed(
    linter: Callable[[Manifests], set[Finding]], manifests: Manifests
) -> None:
    exceptions = EXCEPTIONS[linter.__name__]
    assert all(len(exception["reason"]) > 30 for exception in exceptions.values())
    found = linter(manifests)
    allowed = {(check, part) for check, exception in exceptions.items() for part in exception["parts"]}
    assert sorted(each for each in found if (each.check, each.part) not in allowed) == []
    assert sorted(allowed - {(each.check, each.part) for each in found}) == []


def test_helm_lint_accepts_the_chart() -> None:
    for values in EXAMPLES:
        done = helm("lint", "--strict", str(CHART), "--set", "image=menagerie:test", "-f", str(values))
        assert done.returncode == 0, (values.stem, done.stdout)
