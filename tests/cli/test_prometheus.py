"""What a real Prometheus makes of `menagerie serve`: every query of the chart's dashboard has an answer."""

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.skipif(
    not shutil.which("prometheus") or not shutil.which("promtool"),
    reason="There is no Prometheus here. Debian has it as the package prometheus.",
)

DASHBOARD = Path(__file__).parents[2] / "charts" / "menagerie" / "files" / "dashboard.json"
SECONDS = 30
PASSWORD = "correct horse battery"
LABELS = {"namespace": "shops", "service": "menagerie-metrics"}  # what a ServiceMonitor adds
VARIABLES = {"$namespace": LABELS["namespace"], "$service": ".*", "$__rate_interval": "1m"}
NOT_YET = ('status=~"5.."', "menagerie_client_connections_closed_total")
"""In queries of what only appears once it has happened, which it has not here."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def soon(condition):
    """What the condition returns, as soon as that is true."""
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def fetched(url: str) -> str:
    """The body of an answer; empty if there is none yet."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


@pytest.fixture
def ask(elsewhere, up, port, metrics_port, tmp_path):
    """A function that sends a request to a running server and returns the status."""
    own = {"MENAGERIE_PORT": str(port), "MENAGERIE_METRICS_PORT": str(metrics_port), "MENAGERIE_WORKERS": "2"}
    own["MENAGERIE_PUBLIC_URL"] = f"https://localhost:{port}"
    context = ssl.create_default_context(cafile=up.certificates().authority)

    def send(path: str, query: str = "", login: str = "", password: str = PASSWORD) -> int:
        connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
        basic = b64encode(f"{login}:{password}".encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {basic}"} if login else {}
        try:
            connection.request(
                "POST" if query else "GET", path, json.dumps({"query": query}) if query else None, headers
            )
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([*elsewhere.command, "serve"], env=elsewhere.variables | own, stdout=log, stderr=log)
    try:
        soon(lambda: send("/health/ready") == 200)
        yield send
    finally:
        server.terminate()
        server.wait(SECONDS)


@pytest.fixture
def metrics_port() -> int:
    return free_port()


@pytest.fixture
def query(ask, metrics_port, tmp_path):
    """A function that asks a Prometheus that reads the server's metrics; it returns the values."""
    file, port = tmp_path / "prometheus.yaml", free_port()
    targets = [{"targets": [f"127.0.0.1:{metrics_port}"], "labels": LABELS}]
    read = {"job_name": "menagerie", "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": targets}
    file.write_text(yaml.safe_dump({"scrape_configs": [read]}))
    options = [
        f"--config.file={file}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (tmp_path / "prometheus.log").open("w") as log:
        prometheus = subprocess.Popen(["prometheus", *options], stdout=log, stderr=log)

    def values(expression: str) -> list[float]:
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        answer = json.loads(fetched(url) or "{}")
        assert answer.get("status") in {"success", None}, (expression, answer)
        return [float(each["value"][1]) for each in answer.get("data", {}).get("result", [])]

    try:
        soon(lambda: fetched(f"http://127.0.0.1:{port}/-/ready"))
        yield values
    finally:
        prometheus.terminate()
        prometheus.wait(SECONDS)


def test_every_query_of_the_dashboard_has_an_answer(ask, query, elsewhere, two_stores) -> None:
    for slug in two_stores:
        elsewhere("customer", "password", slug, "ada@example.com", "--password-stdin", stdin=PASSWORD)
    for slug in two_stores:
        assert ask("/graphql/storefront", "{ pets { nodes { name } } }", f"{slug}/ada@example.com") == 200
        assert ask("/graphql/storefront", "{ me { name } }", f"{slug}/ada@example.com", "wrong") == 401
        assert ask(f"/stores/{slug}") == 200
    asked = 'sum by (status) (menagerie_requests_total{namespace="$namespace", kind="storefront"})'
    soon(lambda: query(asked) == [2, 2])
    # A rate needs a series to have been read twice.
    soon(lambda: query(f"min(count_over_time({asked.removeprefix('sum by (status) (')[:-1]}[1m])) >= 2"))
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = {target["expr"]: panel["title"] for panel in panels for target in panel["targets"]}
    empty = {expression: title for expression, title in queries.items() if not query(expression)}
    assert len(queries) > 20
    assert [each for each in empty if not any(part in each for part in NOT_YET)] == []


def test_its_metrics_are_named_as_prometheus_recommends(ask, metrics_port) -> None:
    assert ask("/health/ready") == 200
    text = fetched(f"http://127.0.0.1:{metrics_port}/metrics")
    assert "menagerie_requests_total" in text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
