"""Which failed transactions are retried, and how often. Every other error is raised.

- A transient conflict (deadlock, serialization failure, lock not available) is retryable up to MAX_ATTEMPTS in all,
  with a growing backoff.
- A stale prepared statement (because of a pooler or a migration) is retryable MAX_PREPARATIONS times; earlier prepared
  statements are then no longer used.
- A denied role of an existing store is retryable like a conflict: while roles are being created, a connection can miss
  a grant until the next one is made. The connection is therefore closed (decision 54).
- A transaction that was not applied (there was no connection, it ended before COMMIT was sent, or the store has moved
  to another node) is retryable MAX_RELOCATIONS times, on the store's current node, after checking the pool.
"""

import asyncio
import random

import psycopg
import structlog

from menagerie.database.nodes import Nodes, TenantReference
from menagerie.database.pool import Pool
from menagerie.database.prepared import STALE
from menagerie.database.transient import is_transient, was_not_applied

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
MAX_PREPARATIONS = 1
MAX_RELOCATIONS = 1
_PAUSE_SECONDS = 0.02
_CONFLICTS = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)


class Retries:
    """The retries of one transaction."""

    def __init__(self, nodes: Nodes, store: TenantReference | None) -> None:
        self._nodes, self._store = nodes, store
        self._attempts, self._preparations, self._relocations = 1, 0, 0

    async def next_pool(
        self, error: psycopg.Error, pool: Pool, *, in_doubt: bool, role_denied: bool = False
    ) -> Pool | None:
        """The pool to retry on, after any necessary pause, or None if the error is not retryable.

        Args:
            error: the error of the transaction.
            pool: the pool that it failed on.
            in_doubt: whether a connection that ended may have committed.
            role_denied: whether the server denied the transaction the store's role.
        """
        if (role_denied or isinstance(error, _CONFLICTS)) and self._attempts < MAX_ATTEMPTS:
            logger.info("transaction retried", attempt=self._attempts, reason=error.sqlstate)
            # Random, or the transactions that collided would collide again.
            await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS) * 2**self._attempts)  # noqa: S311  not a secret
            self._attempts += 1
            return pool
        if isinstance(error, STALE) and self._preparations < MAX_PREPARATIONS:
            logger.info("transaction retried", reason=error.sqlstate)
            self._preparations += 1
            return pool
        not_applied = was_not_applied(error) or (is_transient(error) and not in_doubt)
        if not_applied and self._relocations < MAX_RELOCATIONS:
            self._relocations += 1
            current = await self._current_pool(error, pool)
            if current is not None:
                logger.info("transaction retried", reason=error.sqlstate or "connection lost")
            return current
        return None

    async def _current_pool(self, error: psycopg.Error, pool: Pool) -> Pool | None:
        current = pool if self._store is None else await self._nodes.find_pool(self._store)
        if current is pool:
            if was_not_applied(error):
                return None
            # Its server was unreachable for a moment, or still is; idle connections have ended with this one.
            await pool.check()
        return current
