"""What the processes of a measurement use: processor and memory, by family."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Weight:
    """Memory in MiB: resident, and what would be free again if the processes ended (unique set size)."""

    processes: int
    rss: float
    uss: float


@dataclass(frozen=True)
class Family:
    """A process and all that come from it."""

    name: str
    pid: int

    def seconds(self) -> float:
        """Seconds of processor that they have used, those that have ended included."""
        total = 0.0
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
                if process.pid == self.pid:
                    total += times.children_user + times.children_system
        return total

    def weight(self) -> Weight:
        """Their memory."""
        found = []
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                found.append(process.memory_full_info())
        return Weight(len(found), sum(each.rss for each in found) / _MIB, sum(each.uss for each in found) / _MIB)

    def _members(self) -> Iterator[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(self.pid)
            yield parent
            yield from parent.children(recursive=True)
