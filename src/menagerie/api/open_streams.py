"""The open streams of a process, bounded per account and per store."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from prometheus_client import Counter as CounterMetric
from prometheus_client import Gauge

from menagerie.accounts.models import Caller
from menagerie.errors import HttpError

MAX_PER_ACCOUNT = 20
"""Streams of one account in one process: the tabs and devices of one person."""
MAX_PER_STORE = 2048
"""Streams of one store in one process, which leaves room for other stores; 63 KiB each, measured."""

OPEN = Gauge("menagerie_streams_open", "Open event streams.", multiprocess_mode="livesum")
REFUSED = CounterMetric("menagerie_streams_refused", "Streams rejected because their account or store had too many.")


class TooManyStreamsError(HttpError):
    """The account or its store has too many open pages; close some, or try again later."""

    status = 429
    code = "THROTTLED"

    def __init__(self) -> None:
        super().__init__(
            "Too many pages are open. Close some of them, or reload this one later.", headers={"Retry-After": "60"}
        )


class OpenStreams:
    """Counts open streams."""

    def __init__(self) -> None:
        self._counts: Counter[UUID] = Counter()
        """How many are open, by the ids of accounts and stores."""

    @contextmanager
    def opened(self, caller: Caller | None) -> Iterator[None]:
        """Count a stream while it is open. Visitors' operations end by themselves.

        Raises:
            TooManyStreamsError: if the account or the store has too many.
        """
        bounds: dict[UUID, int] = {}
        if caller is not None:
            bounds[caller.account_id] = MAX_PER_ACCOUNT
            if caller.store is not None:
                bounds[caller.store.id] = MAX_PER_STORE
        if any(self._counts[counted] >= bound for counted, bound in bounds.items()):
            REFUSED.inc()
            raise TooManyStreamsError
        self._counts.update(bounds.keys())
        OPEN.inc()
        try:
            yield
        finally:
            OPEN.dec()
            self._counts.subtract(bounds.keys())
            for counted in bounds:
                if not self._counts[counted]:
                    del self._counts[counted]
