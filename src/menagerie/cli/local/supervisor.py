"""Starts again what ends by itself, after pauses that grow, and gives up on what keeps ending.

What ends at once each time has a reason that starting it again does not mend, such as a full disk.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from menagerie.cli.console import complain, note
from menagerie.errors import DomainError

MAX_ATTEMPTS = 6
"""How often in a row a part is started again. With the pauses, that takes half a minute and what starting takes."""
_FIRST_PAUSE_SECONDS = 0.5
"""The pause before the first attempt; each further one is twice as long."""
_STABLE_SECONDS = 120.0
"""A part that has run for so long has all its attempts again."""


class ProcessEndedError(DomainError):
    """A part of the running installation keeps ending; mend what the message says and start everything again."""


@dataclass(slots=True)
class Part:
    """A part of the running installation."""

    name: str
    alive: Callable[[], bool]
    start: Callable[[], None]
    """Starts it again and returns when it is ready; raises a DomainError if it does not get ready."""
    attempts: int = 0
    """How often it was started in a row."""
    due: float | None = None
    """When to start it again; None while it runs."""
    started: float = field(default_factory=time.monotonic)


class Supervisor:
    """Watches parts, which depend only on those before them."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    def look(self) -> None:
        """Start what has ended and whose pause is over.

        Raises:
            ProcessEndedError: when a part has ended too often; the message has the last reason.
        """
        for part in self._parts:
            if part.due is None:
                if not part.alive():
                    self._schedule(part, f"{part.name} ended unexpectedly.")
            elif time.monotonic() >= part.due:
                self._start(part)

    def _start(self, part: Part) -> None:
        try:
            part.start()
        except DomainError as error:
            self._schedule(part, f"{part.name} did not start again. {error}")
            return
        part.due, part.started = None, time.monotonic()
        note(f"{part.name} is ready again.")

    def _schedule(self, part: Part, what: str) -> None:
        now = time.monotonic()
        if part.due is None and now - part.started > _STABLE_SECONDS:
            part.attempts = 0
        if part.attempts == MAX_ATTEMPTS:
            raise ProcessEndedError(f"{what}\nThat was attempt {MAX_ATTEMPTS} in a row, so everything was stopped.")
        pause = _FIRST_PAUSE_SECONDS * 2**part.attempts
        part.attempts += 1
        part.due = now + pause
        complain(f"{what} Starting it again in {pause:g} seconds.")
