"""The shelf's list over TLS with Basic credentials, against nginx with the same bytes as a file."""

import contextlib
import json
import ssl
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from workbench import AUTHORIZATION, HERE, Load, Workbench, find, free_port, wrk

_SECONDS = 8
_QUERY = """{ pets(first: 24) { totalCount pageInfo { hasNextPage endCursor } nodes {
  id name species ageYears description availability picture { url(size: CARD) width height placeholder } } } }"""
_BODY = json.dumps({"query": _QUERY})
_NGINX = """
daemon off; pid {directory}/nginx.pid; error_log stderr crit; worker_processes 2;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{port} ssl backlog=2048; root {directory};
    ssl_certificate {certificate}; ssl_certificate_key {key}; }} }}
"""


def measure(bench: Workbench) -> list[tuple[str, Load, Load]]:
    """Per number of connections: what it was, ours, and nginx's."""
    content = _answer(bench)
    rows = []
    with _nginx(bench, content) as baseline:
        for connections in (64, 1000):
            ours = wrk(
                f"{bench.address}/graphql/storefront",
                connections=connections,
                seconds=_SECONDS,
                script=HERE / "operation.lua",
                arguments=[AUTHORIZATION, _BODY],
            )
            theirs = wrk(baseline, connections=connections, seconds=_SECONDS, script=HERE / "get.lua", arguments=[])
            rows.append((f"list of 24 ({len(content) // 1024} KiB), {connections} connections", ours, theirs))
    return rows


def _answer(bench: Workbench) -> bytes:
    context = ssl.create_default_context(cafile=str(bench.installation.certificates().authority))
    request = urllib.request.Request(
        f"{bench.address}/graphql/storefront",
        _BODY.encode(),
        {"Authorization": AUTHORIZATION, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, context=context) as response:
        return bytes(response.read())


@contextlib.contextmanager
def _nginx(bench: Workbench, content: bytes) -> Iterator[str]:
    certificates, port = bench.installation.certificates(), free_port()
    with tempfile.TemporaryDirectory(prefix="menagerie-nginx-") as directory:
        Path(directory).chmod(0o755)
        (Path(directory) / "list.json").write_bytes(content)
        configuration = Path(directory) / "nginx.conf"
        configuration.write_text(
            _NGINX.format(directory=directory, port=port, certificate=certificates.certificate, key=certificates.key)
        )
        server = subprocess.Popen([str(find("nginx")), "-e", "stderr", "-c", str(configuration)])
        try:
            yield f"https://localhost:{port}/list.json"
        finally:
            server.terminate()
            server.wait(timeout=10)
