"""Connections between components are encrypted, and only those that the architecture needs are possible."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cluster.probes import NO_SECRETS, PLAIN_CACHE, PLAIN_DATABASE, SECRETS
from cluster.release import NAME, Release, eventually, run

REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
    print("reached")
except OSError as error:
    print("not reached:", error)
"""


def test_postgresql_accepts_no_plain_text(release: Release) -> None:
    output = release.python("", PLAIN_DATABASE)
    assert "encrypted: True" in output
    assert "no encryption" in output
    assert "plain text: taken" not in output


def test_valkey_accepts_no_plain_text(release: Release) -> None:
    output = release.python("", PLAIN_CACHE)
    assert "scheme: rediss" in output
    assert "PONG" not in output


def test_the_server_has_neither_the_owners_credentials_nor_a_cluster_token(release: Release) -> None:
    assert release.python("", SECRETS).splitlines() == NO_SECRETS


def reach(release: Release, pod: str, host: str, port: int) -> str:
    return release.kubectl("exec", pod, "--", "python", "-c", REACH, host, str(port)).strip()


def test_the_server_reaches_only_postgresql_valkey_and_dns(release: Release) -> None:
    server = f"deploy/{NAME}"
    for host, port in ((f"{NAME}-postgres", 5432), (f"{NAME}-valkey", 6379)):
        assert reach(release, server, host, port) == "reached", host
    for host, port in (("kube-dns.kube-system.svc", 9153), (f"{NAME}-operator", 8443), ("192.0.2.1", 443)):
        assert reach(release, server, host, port).startswith("not reached"), host


@contextmanager
def foreign_pod(release: Release, name: str) -> Iterator[str]:
    """A pod of the same image in the same namespace that isn't part of the release."""
    overrides = json.dumps({"spec": {"terminationGracePeriodSeconds": 0, "enableServiceLinks": False}})
    image = ("--image", release.image, "--restart=Never", "--overrides", overrides, "--labels", f"name={name}")
    release.kubectl("run", name, *image, "--command", "--", "python", "-c", "import time; time.sleep(600)")
    try:
        release.kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=60s")
        yield name
    finally:
        release.kubectl("delete", "pod", name, "--wait=false")


def test_a_foreign_pod_reaches_only_the_public_port(release: Release) -> None:
    with foreign_pod(release, "foreign") as pod:

        def only_public_port() -> None:
            for part, port in (("postgres", 5432), ("valkey", 6379)):
                assert reach(release, pod, f"{NAME}-{part}", port).startswith("not reached"), part

        # A policy may take a moment to apply to a new pod.
        eventually(only_public_port, seconds=15)
        assert reach(release, pod, NAME, 8443) == "reached"
        address = release.kubectl("get", "pod", release.servers()[0], "-o", "jsonpath={.status.podIP}")
        assert reach(release, pod, address, 9464).startswith("not reached")


NOTHING = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nothing}
spec: {podSelector: {matchLabels: {name: isolated}}, policyTypes: [Egress], egress: []}
"""


def test_the_server_cannot_reach_the_clusters_api(release: Release) -> None:
    release.kubectl("apply", "-f", "-", stdin=NOTHING)
    with foreign_pod(release, "isolated") as pod:
        address = release.kubectl("get", "pod", release.servers()[0], "-o", "jsonpath={.status.podIP}")
        api = run("kubectl", "get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}")
        eventually(lambda: _not_reached(release, pod, address, 8443), seconds=15)
        if reach(release, pod, api, 443) == "reached":
            pytest.skip("NOT PROVEN: this cluster's network plug-in lets pods reach its API despite policies")
    _not_reached(release, f"deploy/{NAME}", api, 443)


def _not_reached(release: Release, pod: str, host: str, port: int) -> None:
    assert reach(release, pod, host, port).startswith("not reached"), host
