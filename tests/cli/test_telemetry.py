"""OpenTelemetry traces and metrics: sent where its variables point, and nowhere without them."""

import http.client
import json
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from menagerie.server.worker import telemetry_is_wanted

SECONDS = 30
PASSWORD = "correct horse battery"


class Collector(ThreadingHTTPServer):
    """Receives what is sent to an OpenTelemetry collector."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> list[tuple[str, str, dict[str, str]]]:
        """Each span's service, name and attributes."""
        return [
            (_attributes(each.resource)["service.name"], span.name, _attributes(span))
            for request in self.traces
            for each in request.resource_spans
            for scope in each.scope_spans
            for span in scope.spans
        ]

    def metric_names(self) -> set[str]:
        return {
            metric.name
            for request in self.metrics
            for each in request.resource_metrics
            for scope in each.scope_metrics
            for metric in scope.metrics
        }


def _attributes(holder) -> dict[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in holder.attributes}


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/traces":
            self.server.traces.append(ExportTraceServiceRequest.FromString(content))
        else:
            assert self.path == "/v1/metrics"
            self.server.metrics.append(ExportMetricsServiceRequest.FromString(content))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _soon(condition) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def serve(elsewhere, up, port, tmp_path):
    """Starts a server with more variables, and returns a function that sends a request and returns its status."""
    processes = []

    def start(**variables: str):
        own = {"MENAGERIE_PORT": str(port), "MENAGERIE_METRICS_PORT": "0", "MENAGERIE_WORKERS": "1"}
        own["MENAGERIE_PUBLIC_URL"] = f"https://localhost:{port}"
        with (tmp_path / "log").open("w") as log:
            processes.append(
                subprocess.Popen(
                    [*elsewhere.command, "serve"], env=elsewhere.variables | own | variables, stdout=log, stderr=log
                )
            )
        context = ssl.create_default_context(cafile=up.certificates().authority)

        def ask(method: str, path: str, body: object = None, login: str | None = None) -> int:
            connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
            headers = {"content-type": "application/json"} if body else {}
            if login:
                headers["authorization"] = f"Basic {b64encode(f'{login}:{PASSWORD}'.encode()).decode()}"
            try:
                connection.request(method, path, json.dumps(body) if body else None, headers)
                return connection.getresponse().status
            except OSError:
                return 0
            finally:
                connection.close()

        _soon(lambda: ask("GET", "/health/live") == 200)
        return ask, processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_request_and_its_transactions_are_one_trace_in_each_store(serve, collector, elsewhere, two_stores) -> None:
    ask, process = serve(OTEL_EXPORTER_OTLP_ENDPOINT=collector.address, OTEL_BSP_SCHEDULE_DELAY="100")
    for slug in two_stores:
        elsewhere("customer", "password", slug, "ada@example.com", "--password-stdin", stdin=PASSWORD)
        shelf = {"query": "{ me { email } pets { nodes { name } } }"}
        assert ask("POST", "/graphql/storefront", shelf, f"{slug}/ada@example.com") == 200
    assert ask("GET", f"/stores/{two_stores[0]}/pictures/x/card.webp?signature=very-secret") == 404
    process.terminate()
    assert process.wait(SECONDS) == 0

    spans = collector.spans()
    assert {service for service, _, _ in spans} == {"menagerie"}
    names = [name for _, name, _ in spans]
    assert names.count("POST storefront") == 2
    assert names.count("GET picture") == 1
    assert not [name for name in names if "health" in name]
    schemas = {attributes["db.namespace"] for _, name, attributes in spans if name == "transaction"}
    assert schemas == {"platform", *(f"store_{slug.replace('-', '_')}" for slug in two_stores)}
    # A transaction's span belongs to its request.
    traces = {}
    for request in collector.traces:
        for each in request.resource_spans:
            for span in (span for scope in each.scope_spans for span in scope.spans):
                traces.setdefault(span.trace_id, set()).add(span.name)
    assert [names for names in traces.values() if names >= {"POST storefront", "transaction"}]
    assert any("http" in name for name in collector.metric_names())


def test_telemetry_contains_no_secret(serve, collector, elsewhere, two_stores) -> None:
    slug = two_stores[0]
    ask, process = serve(OTEL_EXPORTER_OTLP_ENDPOINT=collector.address)
    elsewhere("customer", "password", slug, "ada@example.com", "--password-stdin", stdin=PASSWORD)
    assert ask("POST", "/graphql/storefront", {"query": "{ me { email name } }"}, f"{slug}/ada@example.com") == 200
    ask("GET", f"/stores/{slug}/pictures/x/card.webp?signature=very-secret")
    process.terminate()
    assert process.wait(SECONDS) == 0
    sent = b"".join(each.SerializeToString() for each in (*collector.traces, *collector.metrics))
    for secret in (PASSWORD, "very-secret", "ada@example.com", "Ada Winter", b64encode(PASSWORD.encode()).decode()):
        assert secret.encode() not in sent


def test_an_unreachable_collector_disturbs_no_request(serve, two_stores) -> None:
    ask, process = serve(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_EXPORTER_OTLP_TIMEOUT="1")
    assert ask("GET", f"/stores/{two_stores[0]}/pictures/x/card.webp") == 404
    process.terminate()
    assert process.wait(SECONDS) == 0


def test_without_its_variables_no_exporter_is_loaded() -> None:
    # redis-py loads the SDK wherever it is installed.
    code = "import sys, menagerie.server.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    sending = (
        "menagerie.server.telemetry",
        "opentelemetry.exporter",
        "opentelemetry.instrumentation",
        "google.protobuf",
    )
    assert [module for module in done.stdout.split() if module.startswith(sending)] == []


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_METRICS_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_SERVICE_NAME": "pets"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
    ],
)
def test_it_is_enabled_when_its_variables_name_a_collector(variables: dict[str, str], wanted: bool) -> None:
    assert telemetry_is_wanted(variables) is wanted
