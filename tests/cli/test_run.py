"""`menagerie run`: from nothing to a served store, and recovery when one of its processes is killed."""

import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from menagerie.demo.stores import DEMO_PASSWORD, DEMO_STORES
from menagerie.local.installation import DATABASE, Installation


class Run:
    """A `menagerie run` in its own home."""

    def __init__(self, cli, home, port, *options):
        self.home, self.port = home, port
        self.output = home.parent / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*cli.command, "run", "--home", home, "--port", str(port), "--workers", "1", *options],
                env={**cli.variables, "MENAGERIE_METRICS_PORT": "0"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def printed(self):
        return self.output.read_text()

    def wait_for(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        while text not in self.printed:
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.05)
        return self

    def ready(self):
        return self.wait_for("Ctrl-C stops everything")

    def child(self, name):
        found = [p for p in psutil.Process(self.process.pid).children(recursive=True) if name in " ".join(p.cmdline())]
        return found[0]

    def end(self, how=signal.SIGTERM, seconds=30):
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def ask(self, path, user, query):
        trusted = ssl.create_default_context(cafile=self.home / "certificates" / "authority.pem")
        connection = http.client.HTTPSConnection("localhost", self.port, context=trusted, timeout=10)
        credentials = b64encode(f"{user}:{DEMO_PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps({"query": query}), headers)
        response = connection.getresponse()
        if response.status != 200:
            raise ConnectionError(response.read())
        return json.load(response)["data"]

    def answers(self):
        """Whether a merchant gets an answer."""
        try:
            return bool(self.ask("/graphql/platform", "merlin", "{ me { login } }"))
        except OSError:
            return False


def port_is_free(port):
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) != 0


def soon(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return True


def pets_in(home):
    """The number of pets in all stores, which works before anything is served."""
    address = Installation(home).superuser_address
    with psycopg.connect(address, dbname=DATABASE) as connection:
        schemas = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'pet'")
        counting = (sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, "pet")) for (schema,) in schemas)
        return sum(count for query in counting for (count,) in connection.execute(query))


def starter(cli, home):
    """Starts runs in a home, and stops those that are left at the end."""
    runs = []

    def begin(port, *options):
        runs.append(Run(cli, home, port, *options))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


@contextmanager
def temporary_home():
    directory = Path(tempfile.mkdtemp(prefix="mr-"))
    yield directory / "home"
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def start(cli):
    with temporary_home() as home:
        yield from starter(cli, home)


@pytest.fixture(scope="module")
def used_home():
    """A home that several tests use one after the other, since each must leave it as good as it was."""
    with temporary_home() as home:
        yield home


@pytest.fixture
def start_again(cli, used_home):
    yield from starter(cli, used_home)


def test_the_first_run_serves_two_demo_stores_and_the_next_starts_fast(start, port, cli):
    run = start(port).ready()
    for store in DEMO_STORES:
        assert f"https://localhost:{port}/stores/{store.slug}" in run.printed
        assert store.merchant in run.printed
        assert all(customer.email in run.printed for customer in store.customers)
        user = f"{store.slug}/{store.merchant}"
        shown = run.ask("/graphql/merchant", user, "{ store { name } unsoldPets(first: 1) { totalCount } }")
        assert shown == {"store": {"name": store.name}, "unsoldPets": {"totalCount": len(store.pets)}}
        customer = f"{store.slug}/{store.customers[0].email}"
        assert run.ask("/graphql/storefront", customer, "{ me { name } }")["me"]["name"] == store.customers[0].name
    assert DEMO_PASSWORD in run.printed
    assert f"--cacert {run.home}/certificates/authority.pem" in run.printed
    assert "certificates trust" in run.printed
    assert "\x1b" not in run.printed

    here = {"MENAGERIE_HOME": str(run.home)}
    assert len(cli.json("store", "list", **here)) == 2
    assert f"process {run.process.pid}" in cli("run", "--port", port + 1, exit_code=1, **here).stderr
    assert "Stop it first" in cli("reset", "--yes", exit_code=1, **here).stderr

    assert run.end(signal.SIGINT, seconds=15) == 0
    assert "The data stay" in run.printed
    assert port_is_free(port)
    began = time.monotonic()
    again = start(port).ready()
    assert time.monotonic() - began < 10  # 3 seconds on an idle machine
    assert "Adding the demo" not in again.printed
    assert again.end() == 0
    assert cli.json("store", "show", "pawsome", **here)["pets"]["available"] == len(DEMO_STORES[0].pets)
    cli("reset", "--yes", **here)
    assert "make run" in cli("store", "list", exit_code=1, **here).stderr


def test_an_interrupted_demo_is_completed_by_the_next_run(start, port, cli):
    run = start(port).wait_for("Adding the demo")
    assert soon(lambda: pets_in(run.home) > 0, seconds=60)
    assert run.end(signal.SIGINT) == 0
    assert not (run.home / "demo").exists()
    again = start(port).ready()
    assert again.end() == 0
    for store in DEMO_STORES:
        shown = cli.json("store", "show", store.slug, MENAGERIE_HOME=str(run.home))
        assert shown["pets"]["available"] == len(store.pets)
        assert shown["customers"] == len(store.customers)


def test_a_taken_port_is_reported_with_another_suggested(start, port, cli):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        run = start(port, "--no-demo")
        assert run.process.wait(30) == 1
    assert f"Port {port} cannot be used" in run.printed
    assert "make run PORT=" in run.printed
    assert "--port" in run.printed


def test_killed_processes_are_started_again_and_nothing_is_lost(start_again, port, cli):
    run = start_again(port, "--no-demo").ready()
    assert "merchant create" in run.printed
    here = {"MENAGERIE_HOME": str(run.home)}
    cli("merchant", "create", "merlin", "--password-stdin", stdin=DEMO_PASSWORD, **here)
    parts = {"PostgreSQL": "bin/postgres", "Valkey": "valkey-server", "The server": "menagerie.cli.main serve"}
    for name, program in parts.items():
        run.child(program).kill()
        run.wait_for(f"{name} ended unexpectedly. Restarting it in 0.5 seconds.")
        run.wait_for(f"{name} is ready again.")
        assert soon(run.answers)
    assert [merchant["login"] for merchant in cli.json("merchant", "list", **here)] == ["merlin"]
    assert run.end() == 0


def test_a_killed_run_leaves_the_port_free_and_the_next_one_starts(start_again, port):
    run = start_again(port, "--no-demo").ready()
    run.end(signal.SIGKILL)
    assert soon(lambda: port_is_free(port))
    assert start_again(port, "--no-demo").ready().end() == 0


def test_a_separate_database_is_not_mixed_up_with_the_embedded_one(elsewhere):
    assert "menagerie serve" in elsewhere("run", exit_code=1).stderr
