"""Output of commands: results go to standard output, everything about the work to standard error.

Colours, boxes and bars are for terminals; without one, the same words are printed as plain lines that are never cut.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

_WIDE = 500  # Columns without a terminal, where rich would wrap at 80.

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""The option of every command that reports something."""

Advance = Callable[[int, int], None]
"""Called with the amount done and the total."""


def console(*, stderr: bool = False) -> Console:
    """A console on the current standard output or standard error (tests replace them)."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _WIDE, highlight=False, emoji=False)


def say(text: str = "", *, style: str | None = None) -> None:
    """Print a line of the result."""
    console().print(text, style=style, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """Print a line about the work."""
    console(stderr=True).print(text, style="dim", markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print what went wrong."""
    console(stderr=True).print(text, style="red", markup=False, soft_wrap=True)


def say_json(value: object) -> None:
    """Print the result as JSON, and nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows under headings, or the sentence `empty` if there are none."""
    if not rows:
        say(empty)
        return
    out = console()
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print(table, markup=False)


@contextmanager
def progress(label: str) -> Iterator[Advance]:
    """Show a bar for long work; it appears once there is something to count."""
    out = console(stderr=True)
    if not out.is_terminal:
        note(f"{label} …")
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
