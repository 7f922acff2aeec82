"""`menagerie serve`: the server as containers run it."""

import http.client
import json
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import menagerie
from menagerie.server import processes


@pytest.fixture
def metrics_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def variables(port, metrics_port):
    return {
        "MENAGERIE_PORT": str(port),
        "MENAGERIE_METRICS_PORT": str(metrics_port),
        "MENAGERIE_PUBLIC_URL": f"https://localhost:{port}",
        "MENAGERIE_LOG_FORMAT": "json",
        "MENAGERIE_LOG_LEVEL": "INFO",
        "MENAGERIE_WORKERS": "2",
    }


@pytest.fixture
def server(elsewhere, variables, tmp_path):
    with serving(elsewhere, variables, tmp_path / "log") as process:
        yield process


@contextmanager
def serving(elsewhere, variables, log, *options):
    environment = elsewhere.variables | variables
    if "PYTHONPATH" in variables:  # a copy of the code would count as code without tests
        environment = {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
    with log.open("w") as output:
        process = subprocess.Popen(
            [*elsewhere.command, "serve", *options], env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()


def trusted(up):
    return ssl.create_default_context(cafile=up.certificates().authority)


def ready(up, port):
    return answer(up, port, "/health/ready").startswith('{"status":"ready"')


def answer(up, port, path):
    """The answer's body; empty if there is none."""
    connection = http.client.HTTPSConnection("localhost", port, context=trusted(up), timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()


def soon(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers(process):
    return [child for child in psutil.Process(process.pid).children() if is_worker(child)]


def is_worker(process):
    """Whether it serves: it hasn't ended, and isn't multiprocessing's own, which accompanies spawned workers."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(process.cmdline())
    except psutil.Error:  # it ended and isn't reaped yet
        return False


def metric(metrics_port, name):
    connection = http.client.HTTPConnection("127.0.0.1", metrics_port, timeout=5)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def counted(metrics_port):
    return metric(metrics_port, "menagerie_request_seconds_count")


def test_it_serves_respawns_counts_and_stops(server, up, elsewhere, port, metrics_port, tmp_path):
    soon(lambda: ready(up, port))
    with socket.create_connection(("localhost", port)) as raw:
        context = trusted(up)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(raw, server_hostname="localhost") as connection:
            assert connection.version() == "TLSv1.2"
            assert connection.selected_alpn_protocol() == "h2"

    before = counted(metrics_port)
    assert before >= 1
    # The lowest of the workers' own values: their parent imports the metrics too, and it has no connection.
    soon(lambda: metric(metrics_port, "menagerie_valkey_reachable") == 1)
    first = workers(server)
    assert len(first) == 2
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert {worker.rlimit(psutil.RLIMIT_NOFILE) for worker in first} == {(most, most)}
    first[0].kill()
    soon(lambda: len([worker for worker in workers(server) if worker != first[0]]) == 2)
    soon(lambda: ready(up, port))
    # A request is counted just after its answer.
    soon(lambda: counted(metrics_port) > before)

    output = elsewhere("serve", exit_code=1, MENAGERIE_PORT=str(port)).stderr
    assert f"Port {port}" in output
    assert "MENAGERIE_PORT" in output

    server.send_signal(signal.SIGTERM)
    assert server.wait(25) == 0
    log = (tmp_path / "log").read_text()
    assert all(line.startswith("{") and json.loads(line) for line in log.splitlines()), log


def test_workers_of_a_killed_parent_end_and_leave_both_ports_free(server, up, port, metrics_port):
    soon(lambda: ready(up, port) and len(workers(server)) == 2)
    orphans = workers(server)
    server.kill()
    server.wait()
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert not alive
    for freed in (port, metrics_port):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", freed))
            listener.listen()


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked only on Linux")
def test_workers_share_the_memory_of_what_they_import(server, up, port):
    soon(lambda: ready(up, port) and len(workers(server)) == 2)
    for worker in workers(server):
        memory = worker.memory_full_info()
        assert memory.rss - memory.uss > 40 * 2**20  # more than the libraries' files, which any two processes share


def test_fresh_workers_serve_changed_code_after_sighup(elsewhere, up, variables, port, tmp_path):
    code = tmp_path / "python" / "menagerie"
    shutil.copytree(Path(menagerie.__file__).parent, code, ignore=shutil.ignore_patterns("__pycache__"))
    web = Path(__file__).parents[2] / "web" / "dist"
    changed = variables | {"PYTHONPATH": str(code.parent), "MENAGERIE_WEB_DIRECTORY": str(web)}
    with serving(elsewhere, changed, tmp_path / "log", "--fresh-workers") as process:
        soon(lambda: ready(up, port))
        health = code / "api" / "health.py"
        health.write_text(health.read_text().replace('"alive"', '"very much alive"'))
        process.send_signal(signal.SIGHUP)
        # More often than there are workers: both have been replaced.
        soon(lambda: all("very much alive" in answer(up, port, "/health/live") for _ in range(10)))


@pytest.mark.parametrize(
    ("files", "connections"), [(1_024, 768), (1_048_576, 8_192), (resource.RLIM_INFINITY, 8_192), (200, 1)]
)
def test_the_limit_of_connections_follows_the_limit_of_open_files(monkeypatch, files, connections):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    assert processes.max_connections() == connections


def test_a_taken_metrics_port_is_reported(elsewhere, port, metrics_port):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", metrics_port))
        listener.listen()
        variables = {"MENAGERIE_PORT": str(port), "MENAGERIE_METRICS_PORT": str(metrics_port)}
        output = elsewhere("serve", exit_code=1, **variables).stderr
    assert "MENAGERIE_METRICS_PORT" in output
