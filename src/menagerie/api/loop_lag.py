"""Measures this process's event loop lag, for monitoring: every request in the process waits that long."""

import asyncio

from prometheus_client import Gauge

_PERIOD_SECONDS = 0.05
_WEIGHT = 1 / 8
"""Weight of one measurement."""

LAG = Gauge(
    "menagerie_event_loop_lag_seconds",
    "Event loop lag, smoothed.",
    multiprocess_mode="livemax",
)


class LoopLag:
    """Measures how late a timer fires."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """The lag, smoothed."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Start measuring the running event loop."""
        loop = asyncio.get_running_loop()
        self._due = loop.time() + _PERIOD_SECONDS
        self._timer = loop.call_at(self._due, self._measure)

    def stop(self) -> None:
        """Stop measuring."""
        if self._timer is not None:
            self._timer.cancel()

    def _measure(self) -> None:
        late = max(0.0, asyncio.get_running_loop().time() - self._due)
        self.seconds += (late - self.seconds) * _WEIGHT
        LAG.set(self.seconds)
        self.start()
