"""`menagerie keys`: the master keys that wrap every store's data key."""

import base64
import secrets
from pathlib import Path
from typing import Annotated

import typer

from menagerie.cli.console import Json, progress, say, say_json
from menagerie.cli.context import run_job, running_servers
from menagerie.cli.errors import UsageError
from menagerie.database.session import WriteSession
from menagerie.local.directories import write_private
from menagerie.runtime import Runtime
from menagerie.secrets.envelope import MasterKeys
from menagerie.security_log import SecurityEvent, record_of_operator
from menagerie.stores.key_rotation import check_servers
from menagerie.stores.key_rotation import rotate as rotate_keys

app = typer.Typer(help="Generate, save and rotate master keys.", no_args_is_help=True)

_KEY_BYTES = 32


@app.command()
def generate() -> None:
    """Print a new key for MENAGERIE_MASTER_KEYS."""
    say(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())


@app.command()
def save(file: Annotated[Path, typer.Argument(help="File to create, readable only by you.")]) -> None:
    """Copy the master keys into a file, to be kept apart from the data and the backups."""
    if file.exists():
        raise UsageError(f"{file} already exists. Name a file that doesn't.")
    with running_servers() as settings:
        keys = ",".join(key.get_secret_value() for key in settings.master_keys)
    write_private(file, keys + "\n")
    say(f"The master keys are in {file}, in the format of MENAGERIE_MASTER_KEYS.")
    say("Anyone who has the file can read all personal data.")


@app.command()
def rotate(
    force: Annotated[
        bool, typer.Option("--force", help="Rotate even if a running server seems to lack the first key.")
    ] = False,
    json: Json = False,
) -> None:
    """Wrap every store's data key with the first master key, which running servers must already have."""
    with progress("Rewrapping the data keys") as advance:

        async def job(opened: Runtime) -> tuple[int, int]:
            keys = MasterKeys(opened.settings.master_key_bytes)

            async def work(session: WriteSession) -> tuple[int, int]:
                if not force:
                    await check_servers(session, keys)
                return await rotate_keys(session, keys, advance)

            return await opened.database.write_as_owner(work)

        changed, total = run_job(job)
    record_of_operator(SecurityEvent.KEYS_ROTATED, rewrapped=changed, stores=total)
    if json:
        say_json({"rewrapped": changed, "stores": total})
        return
    say(f"{changed} of {total} data keys were rewrapped; the first master key now wraps all of them.")
    say("You can remove the other keys from MENAGERIE_MASTER_KEYS once every server has the first one.")
