"""How a program tells its figures: as a table in Markdown, beside goals, and as JSON."""

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Goal = tuple[str, float, str, float]
"""What it is, the figure, "at least" or "at most", and what it is to be."""


def machine() -> str:
    """What it was measured on."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"


def head(*columns: str) -> None:
    """Print the head of a table."""
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns), flush=True)


def row(*cells: str | float | None) -> None:
    """Print a line of a table; numbers with as many digits as they have meaning."""
    print("| " + " | ".join(map(_told, cells)) + " |", flush=True)


def _told(cell: str | float | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    digits = 0 if abs(cell) >= 1000 or cell == int(cell) else 1 if abs(cell) >= 10 else 2
    return f"{cell:,.{digits}f}"


def goals(judged: Sequence[Goal]) -> list[Figures]:
    """Print how figures stand to their goals."""
    print()
    head("goal", "is to be", "is", "reached")
    told = []
    for what, figure, way, goal in judged:
        reached = figure >= goal if way == "at least" else figure <= goal
        row(what, f"{way} {goal:,g}", figure, "yes" if reached else "no")
        told.append({"goal": what, "is": figure, "way": way, "to be": goal, "reached": reached})
    return told


def finish(options: argparse.Namespace, figures: Figures) -> int:
    """Say why figures do not count, write them where that was asked for, and return the exit status."""
    for reason in figures["void"]:
        print(f"VOID: {reason}")
    if options.json:
        told = {name: value for name, value in vars(options).items() if name != "json"}
        text = json.dumps({"machine": machine(), "options": told} | figures, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if figures["void"] else 0


def options_parser(description: str | None) -> argparse.ArgumentParser:
    """With the option that all have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser
