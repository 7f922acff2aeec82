"""`menagerie reset`: erases the embedded installation, so that the next start is a fresh one."""

import sys
from typing import Annotated

import typer

from menagerie.cli.console import say
from menagerie.cli.errors import UsageError
from menagerie.local.installation import Installation

app = typer.Typer()


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False) -> None:
    """Permanently erase the embedded installation's data and keys. The certificates stay."""
    installation = Installation()
    if not installation.exists:
        say(f"There is nothing in {installation.home} to erase.")
        return
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("Erasing cannot be undone. Confirm it with --yes.")
        what = "every store, pet and account, and the master keys, without which no backup of them can be read"
        if not typer.confirm(f"Erase {what}, in {installation.home}?", err=True):
            say("Nothing was erased.")
            raise typer.Exit(1)
    installation.erase()
    say("Everything was erased. `make run` starts afresh.")
