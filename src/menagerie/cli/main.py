"""The `menagerie` command: finds the command's module, and reports errors in a sentence."""

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

import typer

from menagerie.cli.console import complain
from menagerie.cli.errors import UsageError, first_error
from menagerie.cli.lazy import LazyGroup
from menagerie.errors import DomainError


@dataclass(slots=True)
class Invocation:
    """The options given before the command."""

    debug: bool = False


class Menagerie(LazyGroup):
    """Every command, with the module that is imported when it is called."""

    modules = {  # noqa: RUF012  a ClassVar in the base class
        "run": "menagerie.cli.commands.run",
        "serve": "menagerie.cli.commands.serve",
        "migrate": "menagerie.cli.commands.migrate",
        "store": "menagerie.cli.commands.stores",
        "merchant": "menagerie.cli.commands.merchants",
        "customer": "menagerie.cli.commands.customers",
        "keys": "menagerie.cli.commands.keys",
        "backup": "menagerie.cli.commands.backup",
        "certificates": "menagerie.cli.commands.certificates",
        "database": "menagerie.cli.commands.database",
        "container": "menagerie.cli.commands.container",
        "settings": "menagerie.cli.commands.settings",
        "doctor": "menagerie.cli.commands.doctor",
        "reset": "menagerie.cli.commands.reset",
    }


app = typer.Typer(
    cls=Menagerie,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"menagerie {version('menagerie')}")
        raise typer.Exit


@app.callback(epilog="Without settings, commands work on the installation that `menagerie run` keeps in .menagerie.")
def _options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected fault.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """A multi-tenant pet store platform."""
    context.obj.debug = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit: 0 done, 1 failed with a message saying what to do, 2 wrong usage."""
    invocation = Invocation()
    try:
        app(args=arguments, prog_name="menagerie", obj=invocation)
    except UsageError as error:
        complain(str(error))
        sys.exit(2)
    except DomainError as error:
        complain(str(error))
        sys.exit(1)
    except Exception as caught:  # noqa: BLE001  the last place that can report it
        fault = first_error(caught)
        if isinstance(fault, DomainError):
            complain(str(fault))
            sys.exit(1)
        if invocation.debug:
            traceback.print_exc()
        complain(f"Something went wrong on our side: {type(fault).__name__}. See where with `menagerie --debug …`.")
        sys.exit(1)


if __name__ == "__main__":
    main()
