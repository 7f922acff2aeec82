"""One release for all tests, installed by Skaffold into its own namespace, and removed at the end.

It goes into the cluster of the current context. VALUES names a file with more values, for example images of PostgreSQL
and Valkey from a mirror (they must speak TLS). Some tests fail in a cluster that doesn't enforce network policies.
"""

import json
import shutil
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cluster.figures import FIGURES, figure
from cluster.release import NAME, Release, Versions, run


def missing() -> str | None:
    """Why no release can be installed, or None."""
    for program in ("kubectl", "helm", "skaffold", "docker"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    answer = subprocess.run(
        ["kubectl", "version", "--request-timeout=10s"], capture_output=True, text=True, check=False
    )
    return f"no cluster answers: {answer.stderr.strip()[:200]}" if answer.returncode else None


@pytest.fixture(scope="session")
def release() -> Iterator[Release]:
    if reason := missing():
        pytest.skip(f"NOT RUN, nothing was proven in a cluster: {reason}")
    namespace = f"menagerie-test-{uuid4().hex[:6]}"
    run("kubectl", "create", "namespace", namespace)
    try:
        began = time.monotonic()
        run("skaffold", "run", "--namespace", namespace, "--status-check=true", seconds=1500)
        installed = json.loads(run("helm", "--namespace", namespace, "get", "values", NAME, "-o", "json"))
        release = Release(namespace, installed["image"])
        check_page(release)
        figure("from `skaffold run` to the first page", f"{time.monotonic() - began:.0f} s")
        yield release
    finally:
        run("kubectl", "delete", "namespace", namespace, "--wait=true", seconds=300)


def check_page(release: Release) -> None:
    with release.forwarded(f"service/{NAME}", 8443) as port:
        context = ssl.create_default_context(cadata=release.secret(f"{NAME}-server-tls", "ca.crt"))
        address = f"https://localhost:{port}/stores/pawsome"
        with urllib.request.urlopen(address, context=context, timeout=30) as answer:
            assert b"Pawsome" in answer.read()


@pytest.fixture(scope="session")
def versions(release: Release) -> Versions:
    """Images of two versions newer than the release's."""
    config = ("--filename", "tests/cluster/next/skaffold.yaml")
    output = run("skaffold", "build", *config, "--quiet", "--output={{json .}}", seconds=600, RELEASE=release.image)
    tags = {build["imageName"].rpartition("/")[2]: build["tag"] for build in json.loads(output)["builds"]}
    return Versions(tags["menagerie-next"], tags["menagerie-broken"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for name, value in FIGURES.items():
            terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def authority(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release's own certificate authority."""
    path = tmp_path_factory.mktemp("trust") / "authority.pem"
    path.write_text(release.secret(f"{NAME}-server-tls", "ca.crt"))
    return path
