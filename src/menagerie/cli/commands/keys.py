"""`menagerie keys`: the master keys that wrap every store's data key."""

import base64
import secrets
from typing import Annotated

import typer

from menagerie.cli.console import progress, say
from menagerie.cli.context import run_job
from menagerie.database.session import WriteSession
from menagerie.runtime import Runtime
from menagerie.secrets.envelope import MasterKeys
from menagerie.stores.key_rotation import check_servers
from menagerie.stores.key_rotation import rotate as rotate_keys

app = typer.Typer(help="Make and rotate master keys.", no_args_is_help=True)

_KEY_BYTES = 32


@app.command()
def generate() -> None:
    """Print a new key for MENAGERIE_MASTER_KEYS."""
    say(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())


@app.command()
def rotate(
    force: Annotated[
        bool, typer.Option("--force", help="Rotate even if a running server seems not to have the first key.")
    ] = False,
) -> None:
    """Wrap every store's data key with the first master key, while the servers run, which must have it already."""
    with progress("Wrapping the stores' keys") as advance:

        async def job(opened: Runtime) -> tuple[int, int]:
            keys = MasterKeys(opened.settings.master_key_bytes)

            async def work(session: WriteSession) -> tuple[int, int]:
                if not force:
                    await check_servers(session, keys)
                return await rotate_keys(session, keys, advance)

            return await opened.database.write_as_owner(work)

        changed, total = run_job(job)
    say(f"{changed} of {total} stores' keys were rewrapped; the first master key wraps all of them now.")
    say("You can remove the other keys from MENAGERIE_MASTER_KEYS once every server has the first one.")
