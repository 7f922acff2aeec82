"""`menagerie serve`: only the HTTP server, as containers run it."""

from typing import Annotated

import typer

from menagerie.logs import configure_logs
from menagerie.server import processes
from menagerie.settings import read_settings

app = typer.Typer()


@app.command()
def serve(
    until_input_ends: Annotated[
        bool, typer.Option("--until-input-ends", hidden=True, help="Stop when standard input is closed.")
    ] = False,
    fresh_workers: Annotated[
        bool,
        typer.Option(
            "--fresh-workers",
            help="Start each worker in a fresh interpreter, so that SIGHUP serves changed code; takes more memory.",
        ),
    ] = False,
) -> None:
    """Serve the stores over HTTPS, as configured, until SIGTERM or Ctrl-C."""
    settings = read_settings()
    configure_logs(settings.log_format, settings.log_level)
    processes.serve(settings, until_input_ends=until_input_ends, fresh_workers=fresh_workers)
