"""Findings of `menagerie doctor`: one line per check, with what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's outcome, with a sentence that says what to do, if anything."""

    check: str
    state: State
    message: str


def ok(check: str, message: str) -> Finding:
    """A finding that needs no action."""
    return Finding(check, State.OK, message)


def warning(check: str, message: str) -> Finding:
    """A finding about something that works, but not as it should."""
    return Finding(check, State.WARNING, message)


def problem(check: str, message: str) -> Finding:
    """A finding about something that does not work, or is not safe."""
    return Finding(check, State.PROBLEM, message)
