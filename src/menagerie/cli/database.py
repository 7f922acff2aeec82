"""`menagerie database`: for those who administer a PostgreSQL of their own."""

from typing import Annotated

import typer

from menagerie.database.bootstrap import script as bootstrap_script

app = typer.Typer(help="For administrators of a PostgreSQL of their own.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """For administrators of a PostgreSQL of their own."""


@app.command()
def script(
    name: Annotated[str, typer.Option("--database", help="Name of the database to make.")] = "menagerie",
) -> None:
    """Print what a superuser runs once with psql: two roles, a database and the doors that are closed."""
    typer.echo(bootstrap_script(name), nl=False)
