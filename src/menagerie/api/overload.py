"""Load shedding: where there is more to do than can be done, some are told at once to come back.

What everybody waits for in a process is its event loop. When a timer of it comes late, so does everything else; the
later, the more of the new requests are refused before anything is done for them. Those that were taken stay quick, and
the process goes on doing as much as it can. Lines for the database are bounded where they form (database/turns.py).

Stores share a process fairly: those that ask for more than an equal share of it are refused more, so that the flood of
one is no reason to refuse another's customers. What counts is the store that a request names. It is not proven yet, so
a flood in a store's name is that store's; names of no store that is known are one together.
"""

import asyncio
import base64
import binascii
import random
from collections import defaultdict
from collections.abc import Callable

from prometheus_client import Counter, Gauge

from menagerie.api.messages import Request
from menagerie.errors import Overloaded

TARGET_SECONDS = 0.25
"""How late the event loop may be before anybody is refused."""

_PERIOD_SECONDS = 0.05
_WEIGHT = 1 / 8
"""Of a measurement: one stall is no overload, many in a row are."""
_MAX_LATE_SECONDS = 1.0
_MAX_SHARE = 0.95
_WATCHED_SECONDS = TARGET_SECONDS / 2
"""From what lateness on it is counted who asks."""
_DEMAND_DECAY = 0.95
"""Of what is counted, in a period: half of it is forgotten in two thirds of a second."""
_MAX_CREDENTIALS = 128
"""How much of a header is looked at for a slug, in Base64."""

SHED = Counter("menagerie_requests_shed", "Requests that were refused because of too much load.")
LAG = Gauge(
    "menagerie_event_loop_lag_seconds",
    "How late the event loop is, smoothed.",
    multiprocess_mode="livemax",
)


class LoadShedder:
    """Refuses a share of the requests that grows with how late the event loop is, those of busy stores first."""

    def __init__(self, is_store: Callable[[str], bool]) -> None:
        """Nothing is measured yet.

        Args:
            is_store: whether a store with this slug is known, without looking anywhere.
        """
        self.lag = 0.0
        """Seconds, smoothed."""
        self._is_store = is_store
        self._demand: defaultdict[str, float] = defaultdict(float)
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

    def admit(self, request: Request) -> None:
        """Let a request in.

        Raises:
            Overloaded: for some of them, while the event loop is late.
        """
        if self.lag <= _WATCHED_SECONDS:
            return
        named = named_store(request)
        store = named if self._is_store(named) else ""
        self._demand[store] += 1
        if self.lag > TARGET_SECONDS and random.random() < self._share(store):  # noqa: S311  not a secret
            SHED.inc()
            raise Overloaded

    def _share(self, store: str) -> float:
        """How many of the store's requests are refused, as a share of one."""
        times_its_part = self._demand[store] * len(self._demand) / sum(self._demand.values())
        return min(_MAX_SHARE, (self.lag / TARGET_SECONDS - 1) * times_its_part)

    def _measure(self) -> None:
        late = min(max(0.0, asyncio.get_running_loop().time() - self._due), _MAX_LATE_SECONDS)
        self.lag += (late - self.lag) * _WEIGHT
        LAG.set(self.lag)
        for store, demand in [*self._demand.items()]:
            if demand < 1:
                del self._demand[store]
            else:
                self._demand[store] = demand * _DEMAND_DECAY
        self.start()


def named_store(request: Request) -> str:
    """The slug that a request names, in its address or its credentials; empty where it names none."""
    match request.path.split("/", 3)[1:3]:
        case ["stores", slug]:
            return slug
        case _:
            encoded = request.header(b"authorization").partition(" ")[2][:_MAX_CREDENTIALS]
            try:
                return base64.b64decode(encoded[: len(encoded) // 4 * 4]).partition(b"/")[0].decode()
            except (binascii.Error, ValueError):
                return ""
