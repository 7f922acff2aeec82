"""What `menagerie doctor` finds: one line per check, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's outcome, in a sentence that says what to do where something is to be done."""

    check: str
    state: State
    message: str


def ok(check: str, message: str) -> Finding:
    """Nothing to do."""
    return Finding(check, State.OK, message)


def warning(check: str, message: str) -> Finding:
    """It works, but not as it should."""
    return Finding(check, State.WARNING, message)


def problem(check: str, message: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(check, State.PROBLEM, message)
