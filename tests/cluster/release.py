"""A release in its own namespace, managed like an operator does: with kubectl, helm and Skaffold."""

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = "menagerie"
# Keep earlier values, on top of the chart's own, which may be new.
KEEPING = "--reset-then-reuse-values"
# Runs Python code in a pod without the code being on its disk.
PROBE = ("python", "-c")


class CommandError(AssertionError):
    """A command failed that should have succeeded."""


def run(*command: str, seconds: float = 120, stdin: str = "", **variables: str) -> str:
    """Run a command and return its output."""
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=ROOT,
        env=os.environ | variables,
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Versions:
    """Images of versions newer than the installed one: with a migration that works, and with one that fails."""

    next: str
    broken: str


@dataclass(frozen=True)
class Release:
    """Menagerie, installed in a namespace."""

    namespace: str
    image: str

    def kubectl(self, *arguments: str, seconds: float = 120, stdin: str = "") -> str:
        return run("kubectl", "--namespace", self.namespace, *arguments, seconds=seconds, stdin=stdin)

    def helm(self, *arguments: str, seconds: float = 600) -> str:
        return run("helm", "--namespace", self.namespace, *arguments, seconds=seconds)

    def menagerie(self, *arguments: str, stdin: str = "") -> str:
        """Run the operator's command line in the operator's pod."""
        return self.kubectl("exec", "--stdin", f"deploy/{NAME}-operator", "--", "menagerie", *arguments, stdin=stdin)

    def python(self, part: str, code: str) -> str:
        """Run Python code in a component's pod and return its output."""
        return self.kubectl("exec", f"deploy/{NAME}{part}", "--", *PROBE, code)

    def upgrade(self, *settings: str, seconds: float = 600) -> None:
        """`helm upgrade` with more settings on top of the current ones."""
        options = [option for setting in settings for option in ("--set", setting)]
        self.helm("upgrade", NAME, "charts/menagerie", KEEPING, "--wait", "--timeout=9m", *options)
        self.wait_until_settled()

    def wait_until_settled(self) -> None:
        """Wait until every component is rolled out, and the server's old pods are gone."""
        for part in (f"statefulset/{NAME}-postgres", f"statefulset/{NAME}-valkey", f"deployment/{NAME}"):
            self.kubectl("rollout", "status", part, "--timeout=240s", seconds=250)
        eventually(self._no_pod_is_terminating, seconds=90)

    def _no_pod_is_terminating(self) -> None:
        pods = json.loads(self.kubectl("get", "pods", "-l", "app.kubernetes.io/component=server", "-o", "json"))
        assert not [pod for pod in pods["items"] if "deletionTimestamp" in pod["metadata"]]

    def roll_back(self) -> None:
        """`helm rollback` to the previous revision."""
        self.helm("rollback", NAME, "--wait", "--timeout=5m")
        self.wait_until_settled()

    def servers(self) -> list[str]:
        """The names of the server's pods that are ready and not terminating."""
        pods = json.loads(self.kubectl("get", "pods", "-l", "app.kubernetes.io/component=server", "-o", "json"))
        return [
            pod["metadata"]["name"]
            for pod in pods["items"]
            if "deletionTimestamp" not in pod["metadata"]
            and any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        ]

    def secret(self, name: str, key: str) -> str:
        escaped = key.replace(".", "\\.")
        return base64.b64decode(self.kubectl("get", "secret", name, "-o", f"jsonpath={{.data.{escaped}}}")).decode()

    @contextmanager
    def forwarded(self, target: str, port: int) -> Iterator[int]:
        """A local port that is forwarded to a port of the target."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            here = free.getsockname()[1]
        command = ["kubectl", "--namespace", self.namespace, "port-forward", target, f"{here}:{port}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert process.stdout
            output = process.stdout.readline()
            if "Forwarding from" not in output:
                raise CommandError(f"{' '.join(command)}: {output}")
            yield here
        finally:
            process.terminate()
            process.wait(10)


def eventually(check: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait until a check passes; raise its last error if it never does."""
    end = time.monotonic() + seconds
    while True:
        try:
            check()
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            return
