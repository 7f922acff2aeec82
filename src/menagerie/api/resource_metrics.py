"""Metrics of a process's resources: pools, queues, caches. They are sampled, so that requests do not pay for them."""

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import Counter, Gauge

from menagerie.fair_queue import FairQueue
from menagerie.runtime import Runtime

_PERIOD_SECONDS = 5.0

CONNECTIONS = Gauge(
    "menagerie_pool_connections",
    "Database connections of the server's pools: open, idle among those, and requests waiting for one.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)
WAITING = Gauge(
    "menagerie_queue_waiting", "Requests waiting for their store's turn.", ["queue"], multiprocess_mode="livesum"
)
TURNS = Gauge("menagerie_queue_turns", "Turns taken.", ["queue"], multiprocess_mode="livesum")
BYTES = Gauge("menagerie_cache_bytes", "Bytes kept in memory.", ["cache"], multiprocess_mode="livesum")
MAX_BYTES = Gauge(
    "menagerie_cache_max_bytes", "Bytes that may be kept in memory.", ["cache"], multiprocess_mode="livesum"
)
LOOKUPS = Counter("menagerie_cache_lookups", "Lookups of cacheable answers by where they were found.", ["found"])
REACHABLE = Gauge("menagerie_valkey_reachable", "1 while Valkey answers, 0 otherwise.", multiprocess_mode="livemin")


class ResourceMetrics:
    """Samples the resources of one process every few seconds."""

    def __init__(
        self, runtime: Runtime, queues: Mapping[str, FairQueue], cache_bytes: Callable[[], Mapping[str, int]]
    ) -> None:
        """Start with nothing sampled.

        Args:
            runtime: the process's runtime.
            queues: the queues by name.
            cache_bytes: how many bytes each cache keeps, by its name in the budget.
        """
        self._runtime = runtime
        self._queues = queues
        self._cache_bytes = cache_bytes
        self._counted: dict[str, int] = dict.fromkeys(runtime.answer_cache.lookups, 0)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Sample now, and then periodically."""
        self.sample()
        self._timer = asyncio.get_running_loop().call_later(_PERIOD_SECONDS, self.start)

    def stop(self) -> None:
        """Stop sampling."""
        if self._timer is not None:
            self._timer.cancel()

    def sample(self) -> None:
        """Set every metric to its current value."""
        for name, pool in self._runtime.database.pools().items():
            stats = pool.get_stats()
            for state, statistic in (
                ("open", "pool_size"),
                ("idle", "pool_available"),
                ("requested", "requests_waiting"),
            ):
                CONNECTIONS.labels(name, state).set(stats.get(statistic, 0))
        for name, queue in self._queues.items():
            WAITING.labels(name).set(queue.waiting)
            TURNS.labels(name).set(queue.taken)
        for name, size in self._cache_bytes().items():
            BYTES.labels(name).set(size)
        for name, size in self._runtime.cache_budget._asdict().items():
            MAX_BYTES.labels(name).set(size)
        for found, count in self._runtime.answer_cache.lookups.items():
            LOOKUPS.labels(found).inc(count - self._counted[found])
            self._counted[found] = count
        REACHABLE.set(not self._runtime.cache.unreachable)
