"""The system as `docker compose up` starts it, under its own project name, removed with its volumes at the end.

It uses the engine of `docker`. PYTHON_IMAGE, NODE_IMAGE, POSTGRES_IMAGE and VALKEY_IMAGE name other base images.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from cluster.release import eventually, run


@dataclass(frozen=True)
class Composition:
    """A running composition."""

    project: str
    port: int

    def compose(self, *arguments: str, stdin: str = "", seconds: float = 180) -> str:
        variables = {"MENAGERIE_PUBLISHED_PORT": str(self.port), "MENAGERIE_DEMO": "true"}
        return run("docker", "compose", "-p", self.project, *arguments, stdin=stdin, seconds=seconds, **variables)

    def up(self) -> None:
        """Start what isn't running, and wait for the server."""
        self.compose("--profile", "demo", "up", "--build", "--detach", seconds=900)
        eventually(self.healthy, seconds=180)

    def healthy(self) -> None:
        assert '"database":"ok","cache":"ok"' in self.compose(
            "exec", "-T", "server", "menagerie", "container", "healthy"
        )

    def menagerie(self, *arguments: str, stdin: str = "") -> str:
        """Run the operator's command line in the operator's container."""
        return self.compose("run", "--rm", "-T", "operator", "menagerie", *arguments, stdin=stdin)

    def python(self, service: str, code: str) -> str:
        return self.compose("exec", "-T", service, "python", "-c", code)


def missing() -> str | None:
    """Why no engine is available, or None."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    for command in (("docker", "compose", "version"), ("docker", "info")):
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if answer.returncode:
            return f"`{' '.join(command)}` fails: {answer.stderr.strip()[:200]}"
    return None


@pytest.fixture(scope="session")
def composition() -> Iterator[Composition]:
    if reason := missing():
        pytest.skip(f"NOT RUN, nothing was proven with docker compose: {reason}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Composition(f"menagerie-test-{uuid4().hex[:6]}", port)
    try:
        made.up()
        yield made
    finally:
        if os.environ.get("KEEP_COMPOSITION") is None:
            made.compose("--profile", "demo", "--profile", "operator", "down", "--volumes", "--remove-orphans")


@pytest.fixture(scope="session")
def authority(composition: Composition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The composition's own certificate authority."""
    path = tmp_path_factory.mktemp("trust") / "authority.pem"
    path.write_text(composition.python("server", "print(open('/run/menagerie/trust/server.crt').read())"))
    return path
