"""The HTTP server as a child of `menagerie run`: started, waited for, watched and stopped."""

import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from menagerie.cli.console import complain, note
from menagerie.cli.local.reload import Changes
from menagerie.cli.local.supervisor import ProcessEndedError, Supervisor
from menagerie.server.ports import taken
from menagerie.settings import Settings, environment

_READY_SECONDS = 60.0
_STOP_SECONDS = 25.0
_POLL_SECONDS = 0.3
_SOURCE = Path(__file__).resolve().parents[2]


class LocalServer:
    """Runs `menagerie serve` in its own session, so that the terminal's Ctrl-C reaches only us.

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
                raise ProcessEndedError("The server ended during startup; its output is above.")
            if time.monotonic() > deadline:
                raise ProcessEndedError(
                    f"The server was not ready after {_READY_SECONDS:.0f} seconds; its output is above."
                )
            time.sleep(0.05)

    def start_again(self) -> None:
        """Restart it after it has ended, and return when it is ready.

        Raises:
            ProcessEndedError: when it ends, or does not become ready; it is then stopped.
        """
        self._stop()
        deadline = time.monotonic() + _STOP_SECONDS
        while taken(self._settings.host, self._settings.port) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)  # workers whose parent was killed finish what they have begun
        self._start()
        try:
            self.wait_until_ready()
        except ProcessEndedError:
            self._stop()
            raise

    def watch(self, supervisor: Supervisor, *, reload: bool) -> None:
        """Keep everything running until a signal ends it.

        Args:
            supervisor: watches the parts to restart; with `reload`, these don't include the server.
            reload: restart the server when the code changes; if it ends, wait for a change.

        Raises:
            ProcessEndedError: when a part keeps ending.
        """
        changes = Changes(_SOURCE) if reload else None
        failed = False
        while True:
            time.sleep(_POLL_SECONDS)
            supervisor.look()
            if changes is None:
                continue
            if changed := changes.seen():
                note(f"{changed} changed, restarting the server.")
                failed = not self._restarted()
            elif not self.alive and not failed:
                complain("The server ended. It restarts when the code changes.")
                failed = True

    def _restarted(self) -> bool:
        self._stop()
        self._start()
        try:
            self.wait_until_ready()
        except ProcessEndedError as error:
            complain(f"{error} It restarts when the code changes.")
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
            # Closing the pipe is enough. An additional SIGTERM could arrive while its handler is running, and granian's
            # handler would then deadlock.
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
