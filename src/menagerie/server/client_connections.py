"""Closes idle client connections, and those of the greediest networks when there are too many.

The HTTP server times out an HTTP/1 connection that waits for a request's headers, but neither an unfinished TLS
handshake, nor an HTTP/2 connection without requests, nor a client that no longer reads its answers. The kernel
records how long ago each connection last carried data (TCP_INFO, tcp(7)), and a thread in each process reads it. An
open page is never idle: its stream sends something every 15 seconds.

There is no fixed limit per address: many customers may share one, and behind a proxy all do. When most of a process's
connections are taken, the networks that hold the most lose theirs first.

Linux only. Elsewhere connections stay open until their clients close them.
"""

import heapq
import os
import socket
import stat
import struct
import sys
import threading
import time
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import structlog
from prometheus_client import Counter, Gauge

from menagerie.accounts.throttle import network_of

logger = structlog.get_logger(__name__)

MAX_TAKEN = 0.75
"""The fraction of the possible connections that may be taken before some are closed."""
_PERIOD_SECONDS = 1.0
"""How often to check whether too many are taken."""
_LOOKS_PER_TIMEOUT = 5
"""How many times to look for idle connections within the idle timeout."""
_LOG_SECONDS = 60.0

_FILES = Path("/proc/self/fd")
_TCP_INFO = struct.Struct("B 43x I 4x I")
"""The state, and the milliseconds since data was last sent and last received (linux/tcp.h)."""
_OPEN_STATES = frozenset({1, 8})
"""ESTABLISHED, and CLOSE_WAIT: closed by the client only."""

OPEN = Gauge("menagerie_client_connections", "Open client connections.", multiprocess_mode="livesum")
CLOSED = Counter("menagerie_client_connections_closed", "Client connections closed by the server.", ["reason"])


class Connection(NamedTuple):
    """A client's connection; the longest idle sorts last."""

    idle_seconds: float
    network: str
    """The network that one client controls: its IPv4 address, or its IPv6 /64."""
    file: int
    """The descriptor, which the HTTP server may close and reuse at any moment."""


class ClientConnections:
    """Looks after the client connections of this process."""

    def __init__(self, port: int, max_connections: int, idle_seconds: float) -> None:
        """Start with nothing closed.

        Args:
            port: the port that the clients connect to.
            max_connections: how many connections the process accepts.
            idle_seconds: how long one may be idle.
        """
        self._port, self._idle_seconds = port, idle_seconds
        self._limit = int(max_connections * MAX_TAKEN)
        self._last_log = float("-inf")

    def watch(self) -> None:
        """Look after them in a separate thread for the life of the process."""
        if sys.platform == "linux":
            threading.Thread(target=self._watch, name="client connections", daemon=True).start()

    def look(self) -> None:
        """Close idle connections, and those above the limit."""
        busy: list[Connection] = []
        for file in _FILES.iterdir():
            connection = self._visit(int(file.name), "idle", lambda now: now.idle_seconds > self._idle_seconds)
            if connection is not None:
                busy.append(connection)
        OPEN.set(len(busy))
        excess = longest_idle_of_the_greediest(busy, self._limit)
        for each in excess:
            # By now, the descriptor may belong to another connection.
            self._visit(each.file, "too many", lambda now, each=each: now.network == each.network)
        if excess:
            ((greediest, _),) = Tally(each.network for each in excess).most_common(1)
            self._warn("too many client connections", open=len(busy), closed=len(excess), greediest=greediest)

    def _watch(self) -> None:
        process, next_look = psutil.Process(), 0.0
        while True:
            # The process has few other open files.
            if time.monotonic() > next_look or process.num_fds() > self._limit:
                next_look = time.monotonic() + self._idle_seconds / _LOOKS_PER_TIMEOUT
                self._try_to_look()
            time.sleep(_PERIOD_SECONDS)

    def _try_to_look(self) -> None:
        try:
            self.look()
        except Exception:  # noqa: BLE001  any error: it would end the thread, and nothing would be closed any more
            self._warn("client connections could not be inspected", exc_info=True)

    def _visit(self, file: int, reason: str, is_unwanted: Callable[[Connection], bool]) -> Connection | None:
        """Shut a connection down if it is unwanted; the HTTP server then closes it, as if the client had.

        Returns:
            the connection; None if there is none, or if it was shut down.
        """
        try:
            # Duplicated, because the server may close its descriptor and reuse the number.
            copy = os.dup(file)
        except OSError:
            return None
        if not stat.S_ISSOCK(os.fstat(copy).st_mode):
            os.close(copy)
            return None
        with socket.socket(fileno=copy) as same, suppress(OSError):  # of another protocol, or just closed
            state, sent, received = _TCP_INFO.unpack(
                same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            )
            if state in _OPEN_STATES and same.getsockname()[1] == self._port:
                connection = Connection(min(sent, received) / 1000, network_of(same.getpeername()[0]), file)
                if not is_unwanted(connection):
                    return connection
                same.shutdown(socket.SHUT_RDWR)
                CLOSED.labels(reason).inc()
        return None

    def _warn(self, event: str, **details: object) -> None:
        """Log a warning, at most once a minute."""
        if time.monotonic() - self._last_log > _LOG_SECONDS:
            self._last_log = time.monotonic()
            logger.warning(event, **details)


def longest_idle_of_the_greediest(connections: Iterable[Connection], limit: int) -> list[Connection]:
    """The connections to close so that `limit` are left: the network with the most loses its longest idle one first."""
    by_network: defaultdict[str, list[Connection]] = defaultdict(list)
    for connection in sorted(connections):
        by_network[connection.network].append(connection)
    greediest = [(-len(own), network) for network, own in by_network.items()]
    heapq.heapify(greediest)
    excess: list[Connection] = []
    for _ in range(-sum(size for size, _ in greediest) - limit):
        size, network = heapq.heappop(greediest)
        excess.append(by_network[network].pop())
        heapq.heappush(greediest, (size + 1, network))
    return excess
