"""Tells a database that is away for a moment from one with which something is wrong."""

import psycopg

# PostgreSQL manual, appendix A: the server is shutting down, has crashed or is starting, or has no connection left.
_GOING_OR_FULL = frozenset({"57P01", "57P02", "57P03", "53300"})
_CONNECTION = "08"


def is_away(error: BaseException) -> bool:
    """Whether the same may work in a moment: there was no connection, or it ended before the answer.

    What was asked for may have been done nevertheless, where the connection ended while it was being committed.
    """
    if not isinstance(error, psycopg.OperationalError):
        return False
    # Without one, the server never answered; the pool's own time-out is one of these.
    state = error.sqlstate
    return state is None or state.startswith(_CONNECTION) or state in _GOING_OR_FULL
