"""`skaffold dev`: a change in the sources takes effect within seconds, in the running pods."""

import shutil
import signal
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from cluster.conftest import missing
from cluster.figures import figure
from cluster.release import ROOT, CommandError, Release, eventually, run

# The chart's default.
PODS = 2


@dataclass(frozen=True)
class Desk:
    """A copy of the checkout to change, and the release that runs from it."""

    sources: Path
    release: Release

    def change(self, file: str, old: str, new: str) -> None:
        path = self.sources / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def answers(self, path: str) -> list[str]:
        """The answer of each of the server's pods, without verifying its certificate."""
        return [self._answer(pod, path) for pod in self.release.servers()]

    def _answer(self, pod: str, path: str) -> str:
        with self.release.forwarded(f"pod/{pod}", 8443) as port:
            address, context = f"https://localhost:{port}{path}", ssl._create_unverified_context()
            with urllib.request.urlopen(address, context=context, timeout=10) as response:
                return response.read().decode()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    if reason := missing():
        pytest.skip(f"NOT RUN, nothing was proven in a cluster: {reason}")
    sources = tmp_path_factory.mktemp("desk")
    for name in run("git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, sources / name)
    (sources / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    release = Release(f"menagerie-test-{uuid4().hex[:6]}", "")
    run("kubectl", "create", "namespace", release.namespace)
    try:
        with developing(sources, release):
            yield Desk(sources, release)
    finally:
        run("kubectl", "delete", "namespace", release.namespace, "--wait=true", seconds=300)


@contextmanager
def developing(sources: Path, release: Release) -> Iterator[None]:
    log = sources.with_name("skaffold.log")
    command = ["skaffold", "dev", "--namespace", release.namespace, "--tail=false"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=sources, stdout=output, stderr=output)
    try:
        end = time.monotonic() + 600
        while "Watching for changes" not in log.read_text():
            assert process.poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < end, log.read_text()[-4000:]
            time.sleep(0.5)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(300)


def seconds_until_served(desk: Desk, path: str, words: str) -> float:
    """The seconds until every pod gives this answer, without any pod being replaced."""
    began, pods = time.monotonic(), desk.release.servers()
    assert len(pods) == PODS

    def look() -> None:
        try:
            answers = desk.answers(path)
        except (OSError, CommandError) as error:
            raise AssertionError(error) from error
        assert len(answers) == PODS
        assert all(words in answer for answer in answers)

    eventually(look, seconds=90)
    assert desk.release.servers() == pods
    return time.monotonic() - began


def test_changed_code_takes_effect_in_the_server_and_the_command_line(desk: Desk) -> None:
    desk.change("src/menagerie/api/health.py", '"alive"', '"very much alive"')
    seconds = seconds_until_served(desk, "/health/live", "very much alive")
    figure("`skaffold dev`: from a changed Python file until it serves", f"{seconds:.0f} s")
    desk.change("src/menagerie/cli/commands/stores.py", '"Time zone"', '"Local time"')
    eventually(lambda: _assert_contains(desk.release.menagerie("store", "list"), "Local time"), seconds=30)


def test_a_changed_page_is_built_and_served(desk: Desk) -> None:
    desk.change("web/src/features/account/SignInForm.tsx", "Sign in", "Walk in")
    seconds = seconds_until_served(desk, "/stores/pawsome", "Walk in")
    figure("`skaffold dev`: from a changed file of the page until it is served", f"{seconds:.0f} s")


def _assert_contains(output: str, words: str) -> None:
    assert words in output
