"""`menagerie run`: runs everything on this machine, embedded, until Ctrl-C."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from menagerie.cli.console import note, progress
from menagerie.cli.context import explain_database_errors, say_unused_settings
from menagerie.cli.errors import first_error
from menagerie.cli.local.server import LocalServer
from menagerie.cli.local.signals import Stopped, stop_signals
from menagerie.cli.local.supervisor import Part, Supervisor
from menagerie.cli.local.vite import vite_server
from menagerie.cli.local.welcome import welcome
from menagerie.cli.migrations import migrate_before_serving
from menagerie.database.bootstrap import bootstrap
from menagerie.demo.seed import seed
from menagerie.errors import DomainError
from menagerie.local.directories import write_private
from menagerie.local.installation import DATABASE, Installation
from menagerie.logs import configure_logs
from menagerie.runtime import runtime
from menagerie.server.ports import taken
from menagerie.settings import Settings, names_database

app = typer.Typer()


@app.command()
def run(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to serve on. Default: 8443.")] = None,
    home: Annotated[
        Path | None, typer.Option(help="Directory for all data. Default: .menagerie in the checkout.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes.")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not add the demo stores.")] = False,
    dev: Annotated[
        bool, typer.Option("--dev", help="Restart when the code changes, and serve the page from Vite.")
    ] = False,
) -> None:
    """Run everything on this machine: PostgreSQL, Valkey and the server, with two demo stores."""
    if names_database():
        raise DomainError(
            "MENAGERIE_DATABASE_URL is set, but `run` starts its own database. Unset it, or use `menagerie migrate` "
            "and `menagerie serve` with yours."
        )
    configure_logs("text", "ERROR")
    installation = Installation(home)
    say_unused_settings(installation)
    with stop_signals():
        try:
            _run(installation, _overrides(port, workers), demo=not no_demo, dev=dev)
        except Stopped:
            note("Stopped. The data stay where they are.")


def _run(installation: Installation, overrides: dict[str, object], *, demo: bool, dev: bool) -> None:
    try:
        installation.start()
        settings = installation.settings(**overrides, demo=demo or installation.demo_marker.exists())
        _check_port(settings)
        with explain_database_errors():
            _prepare(installation, settings, demo=demo)
        authority = installation.certificates().authority
        with LocalServer(settings, authority) as server, vite_server(settings, wanted=dev) as vite:
            server.wait_until_ready()
            welcome(settings, installation, vite=vite.address if vite else None)
            parts = [
                Part("PostgreSQL", lambda: installation.postgres.pid is not None, installation.postgres.start),
                Part("Valkey", lambda: installation.valkey.pid is not None, installation.valkey.start),
            ]
            if vite:
                parts.append(Part("Vite", vite.alive, vite.start))
            else:
                parts.append(Part("The server", lambda: server.alive, server.start_again))
            server.watch(Supervisor(parts), reload=dev)
    finally:
        installation.stop()


def _overrides(port: int | None, workers: int | None) -> dict[str, object]:
    """Settings from the command line, and quieter defaults for a personal machine."""
    given: dict[str, object] = {"port": port, "workers": workers}
    if "MENAGERIE_LOG_LEVEL" not in os.environ:
        given["log_level"] = "WARNING"
    if "MENAGERIE_METRICS_PORT" not in os.environ and taken("127.0.0.1", Settings.model_fields["metrics_port"].default):
        given["metrics_port"] = 0  # Another program uses the port, and metrics were not requested here.
    return {name: value for name, value in given.items() if value is not None}


def _check_port(settings: Settings) -> None:
    if reason := taken(settings.host, settings.port):
        other = settings.port + 1000 if settings.port < 60000 else 9443  # noqa: PLR2004  so that the sum is a port
        raise DomainError(
            f"Port {settings.port} cannot be used: {reason}. Choose another with `make run PORT={other}` or "
            f"`menagerie run --port {other}`."
        )


def _prepare(installation: Installation, settings: Settings, *, demo: bool) -> None:
    """Create what is missing: roles, database, tables and, the first time, the demo."""
    bootstrap(installation.superuser_address, DATABASE)
    if settings.owner_database_url is not None:
        migrate_before_serving(settings.owner_database_url.get_secret_value())
    if demo and not installation.demo_marker.exists():
        with progress("Adding the demo stores") as advance:
            try:
                asyncio.run(_add_demo(settings, advance))
            except ExceptionGroup as group:
                raise first_error(group) from group
        write_private(installation.demo_marker, "The demo stores were added.\n")


async def _add_demo(settings: Settings, advance: Callable[[int, int], None]) -> None:
    async with runtime(settings) as opened:
        await seed(opened.stores, advance)
