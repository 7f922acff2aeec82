"""The HTTP server as a child of `menagerie run`: started, waited for, watched and stopped."""

import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from menagerie.cli.console import complain, note
from menagerie.cli.local.reload import Changes
from menagerie.errors import DomainError
from menagerie.settings import Settings, environment

_READY_SECONDS = 60.0
_STOP_SECONDS = 25.0
_GLANCE_SECONDS = 0.3
_SOURCE = Path(__file__).resolve().parents[2]


class ProcessEndedError(DomainError):
    """A part of the running installation ended by itself; start it again, and it recovers what it can."""


class LocalServer:
    """Runs `menagerie serve` in a session of its own, so that the terminal's Ctrl-C reaches only us.

    Its standard input is a pipe from us: if we are killed, the pipe closes and the server stops.
    """

    def __init__(self, settings: Settings, authority: Path) -> None:
        self._settings = settings
        self._trusted = ssl.create_default_context(cafile=authority)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when it answers that it is ready.

        Raises:
            ProcessEndedError: when it ends, or does not become ready.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while not self._ready():
            if not self.alive:
                raise ProcessEndedError("The server ended while it started; what it said is above.")
            if time.monotonic() > deadline:
                raise ProcessEndedError(
                    f"The server was not ready after {_READY_SECONDS:.0f} seconds; what it said is above."
                )
            time.sleep(0.05)

    def supervise(self, others: Mapping[str, Callable[[], bool]], *, reload: bool) -> None:
        """Watch the server and the other parts until one of them ends.

        Args:
            others: for each of the other parts, by name, a function that says whether it is alive.
            reload: restart the server when the code changes, and if it ends, wait for such a change.

        Raises:
            ProcessEndedError: when one of them ends.
        """
        changes = Changes(_SOURCE) if reload else None
        failed = False
        while True:
            time.sleep(_GLANCE_SECONDS)
            for name, alive in others.items():
                if not alive():
                    raise ProcessEndedError(
                        f"{name} ended unexpectedly, so everything was stopped. The next start recovers."
                    )
            if changes and (changed := changes.seen()):
                note(f"{changed} changed, starting the server again.")
                failed = not self._restarted()
            elif not self.alive and not reload:
                raise ProcessEndedError(
                    "The server ended unexpectedly, so everything was stopped. What it said is above."
                )
            elif not self.alive and not failed:
                complain("The server ended. It starts again when the code changes.")
                failed = True

    def _restarted(self) -> bool:
        self._stop()
        self._start()
        try:
            self.wait_until_ready()
        except ProcessEndedError as error:
            complain(f"{error} It starts again when the code changes.")
            return False
        note("The server is ready again.")
        return True

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "menagerie.cli.main", "serve", "--until-input-ends"],
            env=environment(self._settings),
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            # This alone asks it to stop. An additional SIGTERM could arrive while its handler is running, and granian's
            # handler would then wait for itself forever.
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end_group(process.pid)

    def _ready(self) -> bool:
        connection = http.client.HTTPSConnection("localhost", self._settings.port, timeout=5, context=self._trusted)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def end_group(leader: int) -> None:
    """End what is left of a session after its first process."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS raises this for a group of ended processes
        return
