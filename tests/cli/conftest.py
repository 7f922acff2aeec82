"""The command as a person calls it, on real servers that stay up for all of these tests."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile

import psycopg
import pytest

from menagerie.cli.main import Menagerie, main
from menagerie.database.bootstrap import bootstrap
from menagerie.database.migrate import migrate
from menagerie.local.installation import Installation
from menagerie.settings import environment


def plain_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MENAGERIE_", "COLUMNS"))}
    return kept | more


class Cli:
    """Calls the command in its own process, without a terminal.

    The process is a fork of this one, where everything is imported already: that saves most of the time.
    """

    command = (sys.executable, "-m", "menagerie.cli.main")

    def __init__(self, variables):
        self.variables = variables

    def __call__(self, *arguments, stdin="", exit_code=0, **more):
        with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as error:
            given.write(stdin.encode())
            given.flush()
            given.seek(0)
            child = os.fork()
            if child == 0:
                call([str(part) for part in arguments], self.variables | more, (given, out, error))
            code = waited_for(child, seconds=60)
            told = []
            for file in (out, error):
                file.seek(0)
                told.append(file.read().decode())
        done = subprocess.CompletedProcess(arguments, code, *told)
        assert code == exit_code, done
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments, **more):
        done = self(*arguments, "--json", **more)
        return json.loads(done.stdout)


def call(arguments, variables, files):
    """Never returns."""
    code = 70
    try:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        os.environ.clear()
        os.environ.update(variables)
        main(arguments)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def waited_for(child, *, seconds):
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise TimeoutError
        time.sleep(0.005)


@pytest.fixture(scope="session")
def up():
    """An installation that runs, migrated and empty."""
    for module in Menagerie.modules.values():
        import_module(module)
    directory = Path(tempfile.mkdtemp(prefix="mc-"))
    installation = Installation(directory / "home", durable=False)
    installation.start()
    bootstrap(installation.superuser_address, "menagerie")
    migrate(installation.settings().owner_database_url.get_secret_value())
    yield installation
    installation.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def cli(up):
    """The command on the embedded installation."""
    return Cli(plain_environment(MENAGERIE_HOME=str(up.home)))


@pytest.fixture(scope="session")
def served(up):
    """The variables of somebody who has servers of their own."""
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
    """Two stores of two merchants, with a customer of the same address in each."""
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
