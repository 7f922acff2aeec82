"""A server process: start it in its own session, wait until it answers, stop it, and find it again.

Its own session (setsid) keeps the terminal's Ctrl-C from the server, so that we stop servers in our order.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypedDict

import psutil

from menagerie.errors import DomainError
from menagerie.local.accounts import SystemAccount
from menagerie.local.directories import private_directory, writing

_LOG_BYTES = 5_000_000
_KEPT_VARIABLES = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class ServerNotStartedError(DomainError):
    """An embedded server did not start; the message ends with what it last wrote to its log."""


class ServerLog:
    """A server's log file, rotated when it has grown past 5 MB; the previous one is kept as `….1`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def open(self) -> int:
        """Open a descriptor to append to; `written` returns what is written from now on."""
        private_directory(self.path.parent)
        with writing(self.path):
            if self.path.exists() and self.path.stat().st_size > _LOG_BYTES:
                self.path.replace(self.path.with_name(self.path.name + ".1"))
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._start = os.fstat(descriptor).st_size
        return descriptor

    def written(self, lines: int = 12) -> str:
        """The last lines since it was opened."""
        with self.path.open("rb") as file:
            file.seek(self._start)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def environment() -> dict[str, str]:
    """The part of the environment that a server may see: none of our variables, none of libpq's.

    LC_ALL is set because PostgreSQL on macOS does not start without a locale.
    """
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {"LC_ALL": "C"}


class AccountArguments(TypedDict):
    """The subprocess arguments that select the account; None is our own."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def run_as(account: SystemAccount | None) -> AccountArguments:
    """The subprocess arguments that switch to the account, if it is not our own."""
    if account is None or not account.switch:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account.user, "group": account.group, "extra_groups": []}


class ServerProcess:
    """One of our servers, running in one directory."""

    def __init__(self, name: str, directory: Path, log: ServerLog) -> None:
        self.name = name
        self._directory = directory
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(
        self, command: Sequence[str], ready: Callable[[int], bool], *, seconds: float, account: SystemAccount | None
    ) -> None:
        """Start the command and return when it is ready.

        Raises:
            ServerNotStartedError: when it ends, or is not ready in time; it is then stopped.
        """
        log = self._log.open()
        try:
            with writing(self._directory):
                process = subprocess.Popen[bytes](
                    command,
                    cwd=self._directory,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **run_as(account),
                )
        finally:
            os.close(log)
        self._process = process
        try:
            self._wait(process, ready, seconds)
        except BaseException:
            self.stop(signal.SIGTERM, seconds=5)
            raise

    def _wait(self, process: "subprocess.Popen[bytes]", ready: Callable[[int], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready(process.pid):
            if process.poll() is not None:
                raise self._not_started(f"{self.name} ended during startup")
            if time.monotonic() > deadline:
                raise self._not_started(f"{self.name} was not ready after {seconds:.0f} seconds")
            time.sleep(0.01)

    def _not_started(self, what: str) -> ServerNotStartedError:
        last = self._log.written()
        if "No space left on device" in last:
            return ServerNotStartedError(
                f"The disk that holds {self._directory} is full, so {self.name} did not start. Free some space."
            )
        return ServerNotStartedError(f"{what}. The end of its log, {self._log.path}:\n{last}")

    def stop(self, gently: signal.Signals, *, seconds: float) -> None:
        """Ask it to stop, and kill it if it has not stopped after that many seconds."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(gently)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def left_running(program: str, directory: Path) -> list[psutil.Process]:
    """The processes of a program that have this working directory, left behind by a run that was killed.

    A recorded process id proves nothing, because ids are reused.
    """
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != program:
            continue
        try:
            if Path(process.cwd()).samefile(directory):
                found.append(process)
        except (psutil.Error, OSError):
            continue  # ended meanwhile, or somebody else's
    return found


def end(processes: Iterable[psutil.Process], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to the processes that are still alive, and wait for its number of seconds.

    Raises:
        DomainError: when one of them survives every step.
    """
    alive = list(processes)
    for kind, seconds in steps:
        for process in alive:
            try:
                process.send_signal(kind)
            except psutil.NoSuchProcess:
                continue
        deadline = time.monotonic() + seconds
        while alive := [process for process in alive if _lives(process)]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
    if alive:
        raise DomainError(f"Process {alive[0].pid} of an earlier run does not end. End it and try again.")


def _lives(process: psutil.Process) -> bool:
    """Whether it has not ended; in many containers nobody reaps zombies, which no longer hold anything."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
