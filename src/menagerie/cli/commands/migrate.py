"""`menagerie migrate`: brings the database up to date."""

from typing import Annotated

import typer

from menagerie.cli.console import Json, progress, say, say_json
from menagerie.cli.context import owner_address, running_servers
from menagerie.database.migrate import Status
from menagerie.database.migrate import migrate as run_migrations
from menagerie.database.migrate import status as migration_status

app = typer.Typer(help="Bring the platform schema and every store's schema up to date.")


@app.callback(invoke_without_command=True)
def migrate(
    context: typer.Context,
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Number of concurrent connections.")] = 2,
    json: Json = False,
) -> None:
    """Bring the platform schema and every store's schema up to date."""
    if context.invoked_subcommand is not None:
        return
    with running_servers() as settings:
        address = owner_address(settings)
        before = migration_status(address)
        with progress("Migrating the stores") as advance:
            after = run_migrations(address, jobs=jobs, progress=advance)
    if json:
        say_json(_for_machines(after) | {"migrated": not before.complete})
    elif before.complete:
        say(f"Everything is already up to date: {_described(after)}.")
    else:
        say(f"Migrated. {_described(after)[0].upper()}{_described(after)[1:]}.")


@app.command()
def status(json: Json = False) -> None:
    """Show how far the schemas are migrated; exit code 1 if anything is left to do."""
    with running_servers() as settings:
        found = migration_status(settings.database_url.get_secret_value())
    if json:
        say_json(_for_machines(found))
    else:
        say(f"{_described(found)[0].upper()}{_described(found)[1:]}.")
        for each in found.failed:
            say(f"  - {each.slug} could not be migrated on {each.failed_at:%Y-%m-%d %H:%M}: {each.reason}")
        if not found.complete:
            say("`menagerie migrate` brings everything up to date.")
    if not found.complete:
        raise typer.Exit(1)


def _for_machines(found: Status) -> dict[str, object]:
    return {
        "complete": found.complete,
        "platform": {"revision": found.platform, "newest": found.platform_head},
        "stores": {
            "newest": found.stores_head,
            "current": found.current,
            "behind": found.behind,
            "failed": [
                {"slug": each.slug, "reason": each.reason, "failed_at": each.failed_at.isoformat()}
                for each in found.failed
            ],
        },
    }


def _described(found: Status) -> str:
    platform = f"the platform is at revision {found.platform or 'none'} of {found.platform_head}"
    stores = f"{found.current} stores are at {found.stores_head}"
    behind = ", ".join(f"{count} behind at {revision}" for revision, count in sorted(found.behind.items()))
    return f"{platform}, {stores}" + (f", {behind}" if behind else "")
