"""Restarts parts that end unexpectedly, with exponential backoff, and gives up on those that keep ending.

A part that ends at once each time has a cause that a restart does not fix, such as a full disk.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from menagerie.cli.console import complain, note
from menagerie.errors import DomainError

MAX_ATTEMPTS = 6
"""How many times in a row a part is restarted. The pauses add up to half a minute, besides the time to start."""
_FIRST_PAUSE_SECONDS = 0.5
"""The pause before the first attempt; each further pause is twice as long."""
_STABLE_SECONDS = 120.0
"""A part that has run this long gets all its attempts back."""


class ProcessEndedError(DomainError):
    """A part of the running installation keeps ending; fix what the message names and start everything again."""


@dataclass(slots=True)
class Part:
    """A part of the running installation."""

    name: str
    alive: Callable[[], bool]
    start: Callable[[], None]
    """Restarts it and returns when it is ready; raises a DomainError if it does not become ready."""
    attempts: int = 0
    """How many times in a row it was restarted."""
    due: float | None = None
    """When to restart it; None while it runs."""
    started: float = field(default_factory=time.monotonic)


class Supervisor:
    """Watches parts, which depend only on those before them."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    def look(self) -> None:
        """Restart what has ended, once its pause is over.

        Raises:
            ProcessEndedError: when a part has ended too often; the message gives the last reason.
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
            self._schedule(part, f"{part.name} did not restart. {error}")
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
        complain(f"{what} Restarting it in {pause:g} seconds.")
