"""The lock of an installation: one process works on it at a time, and the others can see which.

It is a kernel lock (flock), so it ends with the process that holds it, even if that is killed.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from menagerie.errors import DomainError
from menagerie.local.directories import private_directory, write_private, writing


class Work(StrEnum):
    """What the lock is held for."""

    RUN = "run"
    COMMAND = "command"


class AlreadyRunningError(DomainError):
    """Another process is working on the same data; stop it first, or wait until it is done."""


@dataclass(frozen=True)
class Holder:
    """The process that holds the lock; `ready` once its servers answer."""

    pid: int
    work: Work
    ready: bool


# The lock was just taken: its note does not exist yet, or is still that of a holder that was killed.
_UNKNOWN = Holder(0, Work.COMMAND, ready=False)


class InstallationLock:
    """The lock of one home directory, and the note next to it that describes its holder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = home / "lock"
        self._note = home / "running.json"
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return self._descriptor is not None

    def take(self, work: Work) -> bool:
        """Take the lock if it is free, and return whether it was.

        Raises:
            DiskError: when the lock file cannot be written.
        """
        private_directory(self._home)
        with writing(self._file):
            # Not inherited by programs that we start, or a server left behind would keep the lock.
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        self._write_note(Holder(os.getpid(), work, ready=False))
        return True

    def say_ready(self, work: Work) -> None:
        """Let the others know that the servers answer."""
        self._write_note(Holder(os.getpid(), work, ready=True))

    def release(self) -> None:
        """Release the lock."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._note.unlink(missing_ok=True)
            os.close(descriptor)

    def holder(self) -> Holder | None:
        """The process that holds it, or None."""
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._read_holder()
        finally:
            os.close(descriptor)
        return None

    def _write_note(self, holder: Holder) -> None:
        write_private(self._note, json.dumps(asdict(holder)))

    def _read_holder(self) -> Holder:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            holder = Holder(int(note["pid"]), Work(note["work"]), ready=bool(note["ready"]))
        except (FileNotFoundError, ValueError, KeyError):
            return _UNKNOWN
        return holder if psutil.pid_exists(holder.pid) else _UNKNOWN


def wait_for_turn(lock: InstallationLock, work: Work, *, seconds: float) -> Holder | None:
    """Take the lock, waiting for a short command that holds it.

    Returns None if the lock is ours, and otherwise its holder: a `menagerie run` whose servers answer.

    Raises:
        AlreadyRunningError: when the lock cannot be taken in that time.
    """
    deadline = time.monotonic() + seconds
    while not lock.take(work):
        holder = lock.holder()
        if holder is not None and holder.work is Work.RUN:
            if work is Work.RUN:
                raise AlreadyRunningError(
                    f"Menagerie is already running on this data, as process {holder.pid}. "
                    "Stop it with Ctrl-C in its terminal, or set MENAGERIE_HOME to another directory."
                )
            if holder.ready:
                return holder
        if time.monotonic() > deadline:
            who = f", process {holder.pid}," if holder is not None and holder.pid else ""
            raise AlreadyRunningError(
                f"Another menagerie command{who} is still running here. Try again when it is done."
            )
        time.sleep(0.05)
    return None
