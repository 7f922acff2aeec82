"""Tell a database that is unreachable for a moment from one that has a problem."""

import psycopg
import psycopg_pool

# PostgreSQL manual, appendix A: the server is shutting down, has crashed or is starting, or has no connection left.
_STOPPING_OR_FULL = frozenset({"57P01", "57P02", "57P03", "53300"})
_CONNECTION = "08"
_NO_CONNECTION_TO_NODE = "08006"


def is_transient(error: BaseException) -> bool:
    """Whether a retry may work in a moment: there was no connection, or it ended before the answer.

    The work may still have been done, if the connection ended during the commit.
    """
    if not isinstance(error, psycopg.OperationalError):
        return False
    # Without a SQLSTATE, the server never answered; the pool's own timeout has none either.
    state = error.sqlstate
    return state is None or state.startswith(_CONNECTION) or state in _STOPPING_OR_FULL


def is_disk_full(error: BaseException) -> bool:
    """Whether PostgreSQL had no disk space for a write. Nothing was written; reads still work."""
    return isinstance(error, psycopg.errors.DiskFull)


def was_not_applied(error: psycopg.Error) -> bool:
    """Whether nothing was done, for example because the store has moved to another node.

    No connection was available, or the server that answered had none to the node (which it would need for a store that
    was moved), or it has no such table (the coordinator took the store back).
    """
    return isinstance(error, psycopg_pool.PoolTimeout | psycopg.errors.UndefinedTable) or (
        error.sqlstate == _NO_CONNECTION_TO_NODE
    )
