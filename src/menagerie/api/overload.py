"""Load shedding: where there is more to do than can be done, some are told at once to come back.

What everybody waits for in a process is its event loop. When a timer of it comes late, so does everything else; the
later, the more of the new requests are refused before anything is done for them. Those that were taken stay quick, and
the process goes on doing as much as it can.
"""

import asyncio
import random

from prometheus_client import Counter, Gauge

from menagerie.errors import Refusal

TARGET_SECONDS = 0.25
"""How late the event loop may be before anybody is refused."""

_PERIOD_SECONDS = 0.05
_WEIGHT = 1 / 8
"""Of a measurement: one stall is no overload, many in a row are."""
_MAX_LATE_SECONDS = 1.0
_MAX_SHARE = 0.95
_RETRY_AFTER_SECONDS = 1

SHED = Counter("menagerie_requests_shed", "Requests that were refused because of too much load.")
LAG = Gauge("menagerie_event_loop_lag_seconds", "How late the event loop is, smoothed.", multiprocess_mode="livemax")


class Overloaded(Refusal):
    """There is more to do than can be done; ask again after a moment."""

    status = 503
    code = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__(
            "The store is very busy right now. Please try again in a moment.",
            headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )


class LoadShedder:
    """Refuses a share of the requests that grows with how late the event loop is."""

    def __init__(self) -> None:
        self.lag = 0.0
        """Seconds, smoothed."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begin to measure the running event loop."""
        loop = asyncio.get_running_loop()
        self._due = loop.time() + _PERIOD_SECONDS
        self._timer = loop.call_at(self._due, self._measure)

    def stop(self) -> None:
        """End the measuring."""
        if self._timer is not None:
            self._timer.cancel()

    def admit(self) -> None:
        """Let a request in.

        Raises:
            Overloaded: for some of them, while the event loop is late.
        """
        if self.lag > TARGET_SECONDS and random.random() < min(_MAX_SHARE, self.lag / TARGET_SECONDS - 1):  # noqa: S311  not a secret
            SHED.inc()
            raise Overloaded

    def _measure(self) -> None:
        late = min(max(0.0, asyncio.get_running_loop().time() - self._due), _MAX_LATE_SECONDS)
        self.lag += (late - self.lag) * _WEIGHT
        LAG.set(self.lag)
        self.start()
