"""The shelf's list over TLS with Basic credentials, compared to nginx with the same bytes as a file.

It is measured once more while a pet a second is bought in the store, which changes the list.
"""

import asyncio
import contextlib
import json
import ssl
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import people
from documents import document
from population import connected, enter
from report import Figures
from request import operation
from traffic import Kind, Pace, raw, traffic
from workbench import AUTHORIZATION, HERE, Load, Workbench, find, find_store, free_port, wrk

_WARMING_SECONDS = 2
MANY = 1_000
_BUYERS = 4
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


@dataclass(frozen=True)
class Listing:
    """The unchanged list, from our server and from nginx, with a number of connections."""

    connections: int
    kib: int
    ours: Load
    nginx: Load


def measure(bench: Workbench, seconds: int) -> list[Listing]:
    """Measure with some connections, and with many."""
    content = _answer(bench)
    load(bench, 64, _WARMING_SECONDS)
    rows = []
    with _nginx(bench, content) as baseline:
        for connections in (64, MANY):
            ours = load(bench, connections, seconds)
            theirs = wrk(baseline, connections=connections, seconds=seconds, script=HERE / "get.lua", arguments=[])
            rows.append(Listing(connections, len(content) // 1024, ours, theirs))
    return rows


def measure_while_selling(bench: Workbench, seconds: int) -> tuple[Load, Figures]:
    """Measure the list with many connections while a pet a second is bought; returns the purchases' figures too."""
    with connected(bench.installation) as connection:
        store = asyncio.run(find_store(bench, "pawsome"))
        enter(connection, store)
        rows = connection.execute(
            "SELECT id FROM pet WHERE sold_at IS NULL AND removed_at IS NULL LIMIT %s", (2 * seconds,)
        ).fetchall()
    query = document("PurchasePet")
    wanted = [{"petId": str(pet), "idempotencyKey": None} for (pet,) in rows]
    purchases = raw(bench, [operation("storefront", AUTHORIZATION, query, each) for each in wanted])
    plan = people.plan(bench, [Kind(purchases)], Pace.BY_CLOCK, seconds, _BUYERS, per_second=1, expected=b'"Purchase"')
    with traffic(plan) as selling:
        return load(bench, MANY, seconds), selling.result()


def load(bench: Workbench, connections: int, seconds: int) -> Load:
    """Request the list as often as it is answered."""
    return wrk(
        f"{bench.address}/graphql/storefront",
        connections=connections,
        seconds=seconds,
        script=HERE / "operation.lua",
        arguments=[AUTHORIZATION, _BODY],
    )


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
