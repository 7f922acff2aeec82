"""`menagerie doctor`: checks whether everything is as it should be, and says what to do if not."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer

from menagerie.cli.console import Json, say, say_json, say_table
from menagerie.cli.context import running_servers, uses_environment
from menagerie.cli.doctor.database import check_database
from menagerie.cli.doctor.drift import check_drift
from menagerie.cli.doctor.environment import check_cache, check_certificate, check_disk, check_memory
from menagerie.cli.doctor.findings import Finding, State, ok, problem
from menagerie.errors import DomainError
from menagerie.local.installation import default_home
from menagerie.settings import Settings

app = typer.Typer()


@app.command()
def doctor(
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also compare every store's schema with its revision."),
    ] = False,
    json: Json = False,
) -> None:
    """Check settings, database, cache, keys and certificates; exit code 1 if there is a problem."""
    try:
        with running_servers() as settings:
            findings = list(_findings(settings, deep=deep))
    except DomainError as error:  # before anything could be checked
        findings = [problem("settings", str(error))]
    if json:
        say_json([{"check": f.check, "state": f.state, "message": f.message} for f in findings])
    else:
        say_table(("Check", "State", "Finding"), [(f.check, f.state.value, f.message) for f in findings], empty="")
        counts = Counter(finding.state for finding in findings)
        say(f"Problems: {counts[State.PROBLEM]}, warnings: {counts[State.WARNING]}.")
    if any(finding.state is State.PROBLEM for finding in findings):
        raise typer.Exit(1)


def _findings(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    yield ok("settings", "Complete and valid.")
    yield from check_database(settings)
    if deep:
        yield from check_drift(settings)
    yield from check_cache(settings)
    yield from check_certificate(settings)
    yield from check_memory(settings)
    if not uses_environment():
        yield from check_disk(default_home())
