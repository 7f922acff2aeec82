"""How a program reports its figures: as a table in Markdown, with goals, and as JSON."""

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Goal = tuple[str, float, str, float]
"""Its name, the figure, "at least" or "at most", and the target."""


def machine() -> str:
    """A description of the machine that measures."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"


def head(*columns: str) -> None:
    """Print the head of a table."""
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns), flush=True)


def row(*cells: str | float | None) -> None:
    """Print a row of a table, with as many digits of each number as are meaningful."""
    print("| " + " | ".join(map(_formatted, cells)) + " |", flush=True)


def _formatted(cell: str | float | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    digits = 0 if abs(cell) >= 1000 or cell == int(cell) else 1 if abs(cell) >= 10 else 2
    return f"{cell:,.{digits}f}"


def goals(judged: Sequence[Goal]) -> list[Figures]:
    """Print how the figures compare to their goals."""
    print()
    head("goal", "is to be", "is", "reached")
    results = []
    for what, figure, way, goal in judged:
        reached = figure >= goal if way == "at least" else figure <= goal
        row(what, f"{way} {goal:,g}", figure, "yes" if reached else "no")
        results.append({"goal": what, "is": figure, "way": way, "to be": goal, "reached": reached})
    return results


def finish(options: argparse.Namespace, figures: Figures) -> int:
    """Print why figures do not count, write them to a file if requested, and return the exit status."""
    for reason in figures["void"]:
        print(f"VOID: {reason}")
    if options.json:
        named = {name: value for name, value in vars(options).items() if name != "json"}
        text = json.dumps({"machine": machine(), "options": named} | figures, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if figures["void"] else 0


def options_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the option that all programs have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser
