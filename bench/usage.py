"""CPU time and memory that the processes of a measurement use, by family."""

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Weight:
    """Memory in MiB.

    Resident; what would be freed if the processes ended (unique set size); and the latter plus each process's share of
    what several of them use (proportional set size), which is what they take together.
    """

    processes: int
    rss: float
    uss: float
    pss: float


@dataclass(frozen=True)
class Family:
    """A process and all its descendants."""

    name: str
    pid: int

    def seconds(self) -> float:
        """Seconds of CPU time that they have used, including those that have ended."""
        total = 0.0
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                total += _seconds(process.pid)
                if process.pid == self.pid:
                    times = process.cpu_times()
                    total += times.children_user + times.children_system
        return total

    def weight(self) -> Weight:
        """Their memory."""
        found = []
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                found.append(process.memory_full_info())
        return _weight(found)

    def roles(self) -> dict[str, Weight]:
        """The memory of a server's processes, by role."""
        found: dict[str, list[Any]] = {}
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                role = "parent" if process.pid == self.pid else _role(process.cmdline())
                found.setdefault(role, []).append(process.memory_full_info())
        return {role: _weight(each) for role, each in found.items()}

    def workers(self) -> list[int]:
        """The ids of a server's processes that answer requests."""
        return [
            process.pid
            for process in self._members()
            if process.pid != self.pid and _role(process.cmdline()) == "workers"
        ]

    def pids(self) -> list[int]:
        """The ids of the processes that are alive now."""
        return [process.pid for process in self._members()]

    def _members(self) -> Iterator[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(self.pid)
            yield parent
            yield from parent.children(recursive=True)


class Threads:
    """The CPU time of a server's processes by what their threads do, since this was made; only on Linux."""

    def __init__(self, server: int) -> None:
        self._server = Family("server", server)
        self._before = self._seconds()

    def used(self) -> dict[str, float]:
        """Seconds by role, without the processes that have ended meanwhile."""
        return {role: seconds - self._before[role] for role, seconds in self._seconds().items()}

    def _seconds(self) -> dict[str, float]:
        found = dict.fromkeys(("event loops", "granian", "password hashes", "pictures"), 0.0)
        workers = self._server.workers()
        for pid in workers:
            for task in Path(f"/proc/{pid}/task").iterdir():
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                if int(task.name) == pid:
                    role = "event loops"
                else:
                    # The threads that hash give way (menagerie/secrets/passwords.py).
                    role = "password hashes" if int(fields[16]) > 0 else "granian"
                found[role] += seconds
        found["pictures"] = self._server.seconds() - sum(_seconds(pid) for pid in [self._server.pid, *workers])
        return found


def _weight(found: Sequence[Any]) -> Weight:
    # Systems other than Linux have no proportional set size.
    rss, uss, pss = (sum(getattr(each, size, 0) for each in found) / _MIB for size in ("rss", "uss", "pss"))
    return Weight(len(found), rss, uss, pss)


def _role(command: Sequence[str]) -> str:
    words = " ".join(command)
    if "anyio" in words:
        return "pictures"
    return "others" if "resource_tracker" in words else "workers"


def clocks(pids: Iterable[int]) -> dict[int, float]:
    """Seconds of CPU time that each process still alive has used so far, to the nanosecond on Linux."""
    found = {}
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            found[pid] = _seconds(pid)
    return found


def _seconds(pid: int) -> float:
    if sys.platform != "linux":
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    # The process's CPU clock, whose number is derived from its id (clock_getcpuclockid in glibc); /proc has hundredths.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        raise psutil.NoSuchProcess(pid) from None
