"""The command as a person runs it, on real servers that all of these tests share."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from command import run
from menagerie.database.bootstrap import bootstrap
from menagerie.database.migrate import migrate
from menagerie.local.installation import Installation
from menagerie.settings import environment


def plain_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MENAGERIE_", "COLUMNS"))}
    return kept | more


class Cli:
    """Runs the command in its own process, without a terminal."""

    command = (sys.executable, "-m", "menagerie.cli.main")

    def __init__(self, variables):
        self.variables = variables

    def __call__(self, *arguments, stdin="", exit_code=0, **more):
        with tempfile.TemporaryDirectory(prefix="m-cli-") as name:
            directory = Path(name)
            (directory / "in").write_text(stdin)
            for output in ("out", "error"):
                (directory / output).touch()
            code = run([str(part) for part in arguments], self.variables | more, directory)
            output = [(directory / output).read_text() for output in ("out", "error")]
        done = subprocess.CompletedProcess(arguments, code, *output)
        assert code == exit_code, done
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments, **more):
        done = self(*arguments, "--json", **more)
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def up():
    """A running installation, migrated and empty."""
    directory = Path(tempfile.mkdtemp(prefix="mc-"))
    installation = Installation(directory / "home", durable=False)
    installation.start()
    bootstrap(installation.superuser_address, "menagerie")
    owner = installation.settings().owner_database_url
    assert owner is not None
    migrate(owner.get_secret_value())
    yield installation
    installation.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def cli(up):
    """The command on the embedded installation."""
    return Cli(plain_environment(MENAGERIE_HOME=str(up.home)))


@pytest.fixture(scope="session")
def served(up):
    """The environment variables of an operator with servers of their own."""
    kept = environment(up.settings())
    return plain_environment() | {name: value for name, value in kept.items() if name.startswith("MENAGERIE_")}


@pytest.fixture(scope="session")
def elsewhere(served):
    """The command on the servers that the environment names."""
    return Cli(served)


@pytest.fixture(scope="session")
def administer(up):
    """Runs a statement as the superuser, in the platform's database."""

    def run(*statements, dbname="menagerie"):
        with psycopg.connect(up.superuser_address, dbname=dbname, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    return run


@pytest.fixture(scope="session")
def two_stores(cli):
    """Two stores of two merchants, with a customer of the same email address in each."""
    for merchant, slug in (("merlin", "pawsome"), ("flora", "happy-frogs")):
        cli("merchant", "create", merchant, "--generate")
        cli("store", "create", slug, "--name", slug.title(), "--merchant", merchant, "--time-zone", "Europe/Berlin")
        cli("customer", "create", slug, "ada@example.com", "--name", "Ada Winter", "--generate")
    return "pawsome", "happy-frogs"


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
