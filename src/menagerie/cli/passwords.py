"""Where a command gets a new password: from a prompt, standard input or a random generator, never an argument."""

import secrets
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from menagerie.cli.console import note, say
from menagerie.cli.errors import UsageError

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # No characters that are easily confused when copied by hand.
_GROUPS, _GROUP_LENGTH = 5, 4  # 99 bits

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]
Generate = Annotated[bool, typer.Option("--generate", help="Generate a password and show it once.")]


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password, and whether it was generated, so that it has to be shown."""

    value: str
    generated: bool

    def described(self) -> dict[str, str]:
        """A generated password, for JSON."""
        return {"password": self.value} if self.generated else {}

    def tell(self) -> None:
        """Show a generated password, this once."""
        if self.generated:
            note("The password, shown only this once:")
            say(self.value)


def new_password(*, stdin: bool, generate: bool) -> NewPassword:
    """Get the password from the source that the options select.

    Raises:
        UsageError: when there is no terminal to prompt at and no option names another source.
    """
    if stdin and generate:
        raise UsageError("Choose one of --password-stdin and --generate.")
    if generate:
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        return NewPassword("-".join(groups), generated=True)
    if stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError("Standard input held no password. Its first line must be the password.")
        return NewPassword(line, generated=False)
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask for a password. Use --password-stdin to give one, or --generate.")
    entered = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return NewPassword(str(entered), generated=False)
