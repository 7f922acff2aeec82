"""`menagerie container`: what containers run besides `serve`, in a cluster or under compose."""

import base64
import os
import signal
import ssl
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from menagerie.cli.console import progress, say
from menagerie.cli.context import (
    DatabaseUnavailableError,
    connection_advice,
    explain_database_errors,
    owner_address,
    run_job,
    running_servers,
)
from menagerie.cli.migrations import migrate_before_serving
from menagerie.database.bootstrap import bootstrap
from menagerie.database.migrate import Status, status
from menagerie.database.privileges import OWNER_ROLE, SERVER_ROLE
from menagerie.database.rollout import may_serve
from menagerie.demo.seed import seed
from menagerie.errors import DomainError
from menagerie.local.containers import make_secrets
from menagerie.logs import configure_logs
from menagerie.runtime import Runtime
from menagerie.settings import Settings, read_settings, secrets_directory

app = typer.Typer(help="Jobs that containers run next to `serve`.", no_args_is_help=True)

_REPORT_SECONDS = 60.0
_POLL_SECONDS = 2.0
_CONNECT_SECONDS = 5
_NO_KEY = base64.b64encode(bytes(32)).decode()
_SUPERUSER = "MENAGERIE_SUPERUSER_DATABASE_URL"

Patience = Annotated[float, typer.Option("--seconds", min=1, help="How long to wait before giving up.")]


class PasswordMissingError(DomainError):
    """A database URL has no password for its role; add it to the URL or create the role by hand."""


@app.command()
def prepare(seconds: Patience = 600) -> None:
    """Create roles, passwords and the database if a superuser's address is given, then migrate."""
    configure_logs("text", "ERROR")
    with explain_database_errors():
        # This needs neither the cache nor the keys, so the container need not be given them.
        settings = read_settings(redis_url="redis://localhost", master_keys=_NO_KEY)
        deadline = time.monotonic() + seconds
        owner = owner_address(settings)
        if superuser := _superuser_address():
            _wait_for_answer(superuser, deadline)
            _prepare_server(superuser, settings)
            say("Roles, passwords and the database are in place.")
        _wait_for_answer(owner, deadline)
        with progress("Migrating the stores") as advance:
            after = migrate_before_serving(owner, advance)
        say(f"The platform is at {after.platform}, and {after.current} stores are at {after.stores_head}.")


@app.command()
def wait(seconds: Patience = 3600) -> None:
    """Wait until the database is migrated at least to what this version needs; prints once a minute what is missing."""
    with running_servers() as settings:
        address = settings.database_url.get_secret_value()
        deadline = time.monotonic() + seconds
        for reason in _reasons_to_wait(address):
            if time.monotonic() > deadline:
                raise DomainError(f"Gave up after {seconds:.0f} seconds: {reason}")
            time.sleep(_POLL_SECONDS)
    say("The database is migrated.")


@app.command()
def demo() -> None:
    """Add the demo's stores, pets and accounts, whose passwords are public. Existing ones are left alone."""
    with progress("Adding the demo stores") as advance:

        async def job(opened: Runtime) -> None:
            await seed(opened.stores, advance)

        run_job(job)
    say("The demo stores are in place.")


@app.command()
def healthy() -> None:
    """Check whether the server in this container is ready; exit code 1 if it is not."""
    with running_servers() as settings:
        scheme = "https" if settings.tls_certificate else "http"
        context = ssl.create_default_context()
        if settings.tls_certificate:
            # Accept exactly our own certificate, whatever name it was issued for.
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_verify_locations(settings.tls_certificate)
        address = f"{scheme}://127.0.0.1:{settings.port}/health/ready"
    try:
        with urllib.request.urlopen(address, timeout=_CONNECT_SECONDS, context=context) as answer:  # noqa: S310  our own
            say(answer.read().decode())
    except OSError as error:
        raise DomainError(f"{address} is not ready: {error}") from None


@app.command(name="secrets")
def container_secrets(directory: Annotated[Path, typer.Argument(help="Volume that the containers share.")]) -> None:
    """Create missing certificates, passwords, keys and access lists, one folder per service."""
    make_secrets(directory)
    say(f"Every service has its folder in {directory}.")


@app.command()
def idle() -> None:
    """Do nothing until SIGTERM, so that an operator can work in this container."""
    # Blocked so that sigwait receives it: PID 1 of a container would otherwise ignore it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    signal.sigwait([signal.SIGTERM])


def _superuser_address() -> str | None:
    """The superuser's database URL. Not one of the settings, because the server must never have it."""
    directory = secrets_directory()
    file = directory / _SUPERUSER.lower() if directory else None
    return os.environ.get(_SUPERUSER) or (file.read_text().strip() if file and file.is_file() else None)


def _prepare_server(superuser: str, settings: Settings) -> None:
    database = str(conninfo_to_dict(settings.database_url.get_secret_value()).get("dbname") or "menagerie")
    bootstrap(superuser, database)
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, address in ((SERVER_ROLE, settings.database_url), (OWNER_ROLE, settings.owner_database_url)):
            _give_password(connection, role, address)


def _give_password(connection: psycopg.Connection, role: str, address: SecretStr | None) -> None:
    password = conninfo_to_dict(address.get_secret_value()).get("password") if address else None
    if not password:
        raise PasswordMissingError(f"The address of {role} has no password, so the role cannot be given one.")
    # Hashed here, so that the password appears neither on the wire nor in a statement log.
    verifier = connection.pgconn.encrypt_password(str(password).encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
    )


def _wait_for_answer(address: str, deadline: float) -> None:
    report = _Reporter()
    while True:
        try:
            psycopg.connect(address, connect_timeout=_CONNECT_SECONDS).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise DatabaseUnavailableError(connection_advice(error)) from error
            report(connection_advice(error))
            time.sleep(_POLL_SECONDS)
        else:
            return


def _reasons_to_wait(address: str) -> Iterator[str]:
    report = _Reporter()
    while reason := _reason_to_wait(address):
        report(reason)
        yield reason


def _reason_to_wait(address: str) -> str | None:
    try:
        with psycopg.connect(address, connect_timeout=_CONNECT_SECONDS):
            found = status(address)
    except psycopg.OperationalError as error:
        return connection_advice(error)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return "The database has not been migrated yet."
    return None if may_serve(found) else _missing(found)


def _missing(found: Status) -> str:
    stores = sum(found.behind.values())
    return (
        f"The platform is at revision {found.platform or 'none'} and must be at {found.platform_head}; "
        f"{stores} stores are behind {found.stores_head}. The log of the migration job says why."
    )


class _Reporter:
    """Prints a message at once, then at most one a minute."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, text: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _REPORT_SECONDS
            sys.stderr.write(f"Waiting. {text}\n")
            sys.stderr.flush()
