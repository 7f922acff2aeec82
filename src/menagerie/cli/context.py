"""The context of a command: the servers named in the environment, or else the embedded installation."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg

from menagerie.cli.console import note
from menagerie.database.session import OwnerRequiredError
from menagerie.database.transient import is_disk_full
from menagerie.errors import DomainError
from menagerie.local.installation import Installation
from menagerie.logs import configure_logs
from menagerie.runtime import Runtime, runtime
from menagerie.security_log import configure_security_log
from menagerie.settings import Settings, names_database, read_settings

Result = TypeVar("Result")

_CONNECT_SECONDS = 5


class NotInstalledError(DomainError):
    """There is no installation to work on yet; start the embedded one or name a database."""


class DatabaseUnavailableError(DomainError):
    """The database does not answer, or has no room; check its address, that it is running, and its disk."""


def uses_environment() -> bool:
    """Whether the settings name a database, so that the embedded one is left alone."""
    return names_database()


@contextmanager
def running_servers() -> Iterator[Settings]:
    """Yield the settings, with the servers that they name running for the duration of the command.

    Raises:
        NotInstalledError: when no database is named and nothing was ever started.
        DatabaseUnavailableError: when the database stops answering, or has never been migrated.
        DomainError: when something is wrong with the settings or the embedded servers.
    """
    configure_logs("text", "ERROR")  # errors are reported once, in a sentence
    with explain_database_errors():
        if uses_environment():
            yield _recording(read_settings())
            return
        installation = Installation()
        if not installation.exists:
            raise NotInstalledError(
                f"There is no installation in {installation.home} yet. Start one with `make run` or `menagerie run`, "
                "or set MENAGERIE_DATABASE_URL and the other settings to work on servers of your own."
            )
        say_unused_settings(installation)
        with installation.running():
            yield _recording(installation.settings())


def _recording(settings: Settings) -> Settings:
    """Record what the command does in the configured security log, without showing it on the terminal."""
    configure_security_log(settings.security_log, to_stderr=False)
    return settings


def say_unused_settings(installation: Installation) -> None:
    """Name the variables that are set but ignored."""
    if unused := installation.unused_settings():
        note(
            f"Not used here: {', '.join(unused)}. The installation in {installation.home} has its own "
            f"(keys: {installation.key_file}). Set MENAGERIE_DATABASE_URL to use your own servers."
        )


def run_job(job: Callable[[Runtime], Awaitable[Result]]) -> Result:
    """Run a job with everything it needs open."""
    with running_servers() as settings:
        # The pool would only report a timeout; this reports the cause.
        psycopg.connect(settings.database_url.get_secret_value(), connect_timeout=_CONNECT_SECONDS).close()
        return asyncio.run(run_job_with(settings, job))


async def run_job_with(settings: Settings, job: Callable[[Runtime], Awaitable[Result]]) -> Result:
    """Run a job with everything it needs open, on servers that are already running."""
    async with runtime(settings) as parts:
        result = await job(parts)
        if parts.versions.handed_over:
            note("Valkey can't be reached from here. Servers that reach it apply this within two seconds.")
        return result


def owner_address(settings: Settings) -> str:
    """The owner's database URL.

    Raises:
        OwnerRequiredError: when it is not set.
    """
    if settings.owner_database_url is None:
        raise OwnerRequiredError("This needs the database's owner. Set MENAGERIE_OWNER_DATABASE_URL.")
    return settings.owner_database_url.get_secret_value()


@contextmanager
def explain_database_errors() -> Iterator[None]:
    """Turn database errors into a sentence that says what is wrong.

    Raises:
        DatabaseUnavailableError: for errors that a person can fix.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        raise DatabaseUnavailableError(connection_advice(error)) from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise DatabaseUnavailableError("The database has not been migrated yet. Run `menagerie migrate`.") from error


def connection_advice(error: psycopg.Error) -> str:
    """What to do when the database cannot be reached or is full; libpq's messages never contain a password."""
    if is_disk_full(error):
        return "The database's disk is full, so nothing was changed. Free some space, and try again."
    # With several addresses, report the error of the last. Lines that start with a tab are libpq's own advice.
    lines = [line for line in str(error).strip().splitlines() if not line.startswith("\t")]
    reason = (lines or [type(error).__name__])[-1].strip().rstrip(".")
    return (
        f"The database does not answer: {reason}. Check that PostgreSQL is running, and that the address, role, "
        "password and certificate in MENAGERIE_DATABASE_URL and MENAGERIE_OWNER_DATABASE_URL are correct."
    )
