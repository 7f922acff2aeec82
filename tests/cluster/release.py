"""A release in a namespace of its own, as its operator drives it: with kubectl, helm and Skaffold."""

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
# Values that were given before, on top of the chart's own, which may know more than before.
KEEPING = "--reset-then-reuse-values"
# Python that a pod of ours runs; nothing of it is on the pod's disk.
PROBE = ("python", "-c")


class CommandError(AssertionError):
    """A command that was to succeed did not."""


def run(*command: str, seconds: float = 120, stdin: str = "", **variables: str) -> str:
    """What a command prints."""
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
    """Images of versions after the one that is installed: with a migration that can run, and with one that cannot."""

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
        """The operator's command line, in the operator's pod."""
        return self.kubectl("exec", "--stdin", f"deploy/{NAME}-operator", "--", "menagerie", *arguments, stdin=stdin)

    def python(self, part: str, code: str) -> str:
        """What Python prints in a pod of a part."""
        return self.kubectl("exec", f"deploy/{NAME}{part}", "--", *PROBE, code)

    def upgrade(self, *settings: str, seconds: float = 600) -> None:
        """`helm upgrade` with other settings on top of those there are."""
        options = [option for setting in settings for option in ("--set", setting)]
        self.helm("upgrade", NAME, "charts/menagerie", KEEPING, "--wait", "--timeout=9m", *options)
        self.settled()

    def settled(self) -> None:
        """Wait until every part runs as it was last described, and the server's old pods are gone."""
        for part in (f"statefulset/{NAME}-postgres", f"statefulset/{NAME}-valkey", f"deployment/{NAME}"):
            self.kubectl("rollout", "status", part, "--timeout=240s", seconds=250)
        eventually(self._nothing_ends, seconds=90)

    def _nothing_ends(self) -> None:
        pods = json.loads(self.kubectl("get", "pods", "-l", "app.kubernetes.io/component=server", "-o", "json"))
        assert not [pod for pod in pods["items"] if "deletionTimestamp" in pod["metadata"]]

    def go_back(self) -> None:
        """`helm rollback` to the revision before."""
        self.helm("rollback", NAME, "--wait", "--timeout=5m")
        self.settled()

    def servers(self) -> list[str]:
        """The names of the server's pods that are ready and not on their way out."""
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
        """A port of this machine's loopback that leads to a port of the target."""
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
    """Wait until a check passes; its last complaint is told if it never does."""
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
