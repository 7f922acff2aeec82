"""Runs the command line in a forked process, from a parent that has imported everything and has no threads."""

import multiprocessing
import os
import sys
from pathlib import Path

SECONDS = 60
_SOURCE = Path(__file__).parents[1] / "src"
PRELOADED = [
    ".".join(path.relative_to(_SOURCE).with_suffix("").parts)
    for path in sorted((_SOURCE / "menagerie/cli").rglob("[a-z]*.py"))
]

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["command", *PRELOADED])


def run(arguments: list[str], variables: dict[str, str], directory: Path) -> int:
    """Return the exit code; standard input, output and error are files in the directory."""
    process = context.Process(target=_call, args=(arguments, variables, directory))
    process.start()
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(arguments)
    return process.exitcode


def _call(arguments: list[str], variables: dict[str, str], directory: Path) -> None:
    from menagerie.cli.main import main

    for number, (name, flags) in enumerate((("in", os.O_RDONLY), ("out", os.O_WRONLY), ("error", os.O_WRONLY))):
        os.dup2(os.open(directory / name, flags), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115  they stay open as long as the process
    os.environ.clear()
    os.environ.update(variables)
    main(arguments)
