"""`menagerie database`: for administrators who run their own PostgreSQL."""

from typing import Annotated

import psycopg
import typer

from menagerie.cli.console import Json, say_json, say_table
from menagerie.cli.context import running_servers
from menagerie.database.bootstrap import script as plain_script
from menagerie.database.citus.catalog import is_citus, workers
from menagerie.database.citus.script import citus_script

app = typer.Typer(help="For administrators who run their own PostgreSQL.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """For administrators who run their own PostgreSQL."""


@app.command()
def script(
    name: Annotated[str, typer.Option("--database", help="Name of the database to create.")] = "menagerie",
    citus: Annotated[bool, typer.Option("--citus", help="For the coordinator of a Citus cluster.")] = False,
) -> None:
    """Print the script that a superuser runs once with psql: it creates two roles and a database, and hardens it."""
    typer.echo(citus_script(name) if citus else plain_script(name), nl=False)


@app.command()
def nodes(json: Json = False) -> None:
    """List the nodes that Citus distributes the stores over, and how many stores each has."""
    with running_servers() as settings, psycopg.connect(settings.database_url.get_secret_value()) as connection:
        found = workers(connection) if is_citus(connection) else []
    if json:
        say_json([{"host": worker.host, "port": worker.port, "stores": worker.stores} for worker in found])
    else:
        rows = [(f"{worker.host}:{worker.port}", str(worker.stores)) for worker in found]
        say_table(
            ("Node", "Stores"), rows, empty="All stores are on one server: this is not Citus, or it has no workers."
        )
