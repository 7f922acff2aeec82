"""`menagerie settings`: every setting with its meaning and its value; also generates the README's table."""

from typing import Annotated, cast

import typer
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from menagerie.cli.console import Json, say_json, say_table
from menagerie.cli.errors import UsageError
from menagerie.local.installation import Installation
from menagerie.settings import Settings, names_database, read_settings

app = typer.Typer()

_HIDDEN = "(hidden)"


@app.command()
def settings(
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the README's table, without values.")] = False,
) -> None:
    """Show every setting with its current value; secrets are hidden."""
    if json and markdown:
        raise UsageError("Choose one of --json and --markdown.")
    if markdown:
        _say_markdown()
        return
    current = _current()
    values = {name: _shown(getattr(current, name) if current else _default(name)) for name in Settings.model_fields}
    if json:
        say_json(
            [
                {"name": _variable(name), "value": value, "description": Settings.model_fields[name].description}
                for name, value in values.items()
            ]
        )
        return
    rows = [
        (_variable(name), value or "", Settings.model_fields[name].description or "") for name, value in values.items()
    ]
    say_table(("Setting", "Value", "Meaning"), rows, empty="")


def _current() -> Settings | None:
    """The settings in force, or None if nothing is set and nothing was ever started."""
    if names_database():
        return read_settings()
    installation = Installation()
    return installation.settings() if installation.exists else None


def _say_markdown() -> None:
    typer.echo("| variable | default | meaning |\n|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else f"`{_shown(field.default)}`" if field.default else ""
        meaning = (field.description or "").replace("|", "\\|")
        typer.echo(f"| `{_variable(name)}` | {default} | {meaning} |")


def _default(name: str) -> object:
    default = Settings.model_fields[name].default
    return None if default is PydanticUndefined else default


def _variable(name: str) -> str:
    return f"MENAGERIE_{name.upper()}"


def _shown(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return _HIDDEN
    if isinstance(value, tuple):
        return ",".join(_shown(part) or "" for part in cast("tuple[object, ...]", value))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
