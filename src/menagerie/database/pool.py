"""Connection pools: few connections, recycled, each with its own prepared statements."""

from functools import cached_property

from psycopg import AsyncConnection, adapt
from psycopg.abc import Transformer
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from menagerie.database.prepared import Preparation, PreparedStatements

MAX_SCHEMAS = 90
"""How many stores a connection works for before it is replaced.

Its backend caches the tables of each and never drops them, which takes some 0.5 MiB for a store (bench/backends.py). A
store's first transaction on a new connection takes half a millisecond longer.
"""
_LIFETIME_SECONDS = 30 * 60
_WAIT_SECONDS = 5
# The pool doubles its wait after each failed attempt to connect, and makes no other attempt meanwhile. Once it has
# given up, the next request connects at once; so it gives up early, or a database that was unreachable for a minute
# would stay so for another.
_ATTEMPT_SECONDS = 5


class Connection(AsyncConnection[TupleRow]):
    """A connection that caches how to adapt types, and knows which statements it has prepared."""

    prepared: PreparedStatements
    """Set by its pool."""

    schemas: set[str]
    """Those that it has worked in; set by its pool."""

    @cached_property
    def transformer(self) -> Transformer:
        """Adapts values for this connection. Nothing may be awaited while it holds state."""
        return adapt.Transformer(self)

    def expire(self) -> None:
        """Have the pool replace this connection when it is given back, as it does after `max_lifetime`."""
        self._expire_at = 0.0


Pool = AsyncConnectionPool[Connection]


def new_pool(
    address: str,
    *,
    name: str,
    max_size: int,
    min_size: int = 1,
    prepared: int = 0,
    by_indexes: bool = False,
    remark: str = "",
) -> "Pool":
    """A closed pool; open it with `await pool.open()`.

    Args:
        address: the server's URL.
        name: the pool's name, reported to PostgreSQL.
        max_size: maximum number of connections.
        min_size: connections that are kept open even while idle.
        prepared: how many statements each connection keeps prepared.
        by_indexes: whether to scan whole tables only if no index can be used.
        remark: reported to PostgreSQL after the name.
    """
    preparation = Preparation(prepared)

    async def configure(connection: Connection) -> None:
        connection.prepared, connection.schemas = PreparedStatements(preparation), set()
        if by_indexes:
            # A plan made while a table was nearly empty is kept as the table grows, until PostgreSQL analyses it.
            await connection.execute("SET enable_seqscan = off")

    return AsyncConnectionPool(
        address,
        connection_class=Connection,
        configure=configure,
        # psycopg prepares nothing itself, because our own pipeline does, store by store.
        # Autocommit, because the session sends BEGIN and COMMIT itself: psycopg would wait for each of them.
        kwargs={
            "prepare_threshold": None,
            "autocommit": True,
            "application_name": f"menagerie {name} {remark}".rstrip(),
        },
        min_size=min(min_size, max_size),
        max_size=max_size,
        max_lifetime=_LIFETIME_SECONDS,
        timeout=_WAIT_SECONDS,
        reconnect_timeout=_ATTEMPT_SECONDS,
        # Detects connections that the server closed while idle, before a customer does.
        check=AsyncConnectionPool.check_connection if min_size == 0 else None,
        open=False,
        name=name,
    )
