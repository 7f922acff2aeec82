"""Which statements the connections of a pool have prepared: PostgreSQL has parsed and planned them already.

PostgreSQL plans a prepared statement anew whenever the search_path is another one, so each store has its own. A name is
made of what it stands for, so that behind a pooler that mixes up sessions it can never run another statement.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import structlog

logger = structlog.get_logger(__name__)

Key = tuple[str, bytes, Sequence[int] | None]
"""A statement as PostgreSQL tells it from others: the schema it is for, its text, the types of its parameters."""

_UNKNOWN = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
# "Cached plan must not change result type": a migration has changed what the statement returns.
STALE = (*_UNKNOWN, psycopg.errors.FeatureNotSupported)
"""What a prepared statement meets that the server does not know, or knows as it was before a migration."""


@dataclass(slots=True)
class Preparation:
    """How many statements each connection of a pool keeps prepared, and since when."""

    max_statements: int
    generation: int = 0

    def distrust(self, error: psycopg.Error) -> None:
        """Prepare everything anew after an error of STALE, or nothing any more where sessions are mixed up."""
        self.generation += 1
        if isinstance(error, _UNKNOWN) and self.max_statements:
            self.max_statements = 0
            logger.warning(
                "prepared statements turned off",
                reason=error.sqlstate,
                hint="A pooler between server and database does not keep them. Let it (PgBouncer: "
                "max_prepared_statements), or set MENAGERIE_PREPARED_STATEMENTS=0.",
            )


class PreparedStatements:
    """Those of one connection. The least recently used go first; what is met once is not prepared yet."""

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self._generation = preparation.generation
        self._names: OrderedDict[Key, bytes | None] = OrderedDict()
        self._surplus: list[bytes] = []
        self._count = 0

    def surplus(self) -> Sequence[bytes]:
        """The names that are not wanted any more and must be closed now."""
        if self._generation != self._preparation.generation:
            self._generation = self._preparation.generation
            self._surplus += [name for name in self._names.values() if name is not None]
            self._names.clear()
        surplus, self._surplus = self._surplus, []
        return surplus

    def name(self, key: Key) -> tuple[bytes | None, bool]:
        """The name of the prepared statement, and whether it must be prepared first; None: send it without a name."""
        names = self._names
        if key in names:
            names.move_to_end(key)
            name = names[key]
            if name is not None:
                return name, False
            name = names[key] = self._new_name(key)
            return name, True
        if self._preparation.max_statements:
            names[key] = None
            if len(names) > self._preparation.max_statements:
                _, name = names.popitem(last=False)
                if name is not None:
                    self._surplus.append(name)
        return None, False

    def forget(self, key: Key) -> None:
        """The statement could not be prepared."""
        self._names.pop(key, None)

    def distrust(self, error: psycopg.Error) -> None:
        """A statement failed with an error of STALE."""
        self._preparation.distrust(error)

    def _new_name(self, key: Key) -> bytes:
        # Counted, so that one that is prepared again does not meet its own earlier self.
        self._count += 1
        digest = hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()
        return f"menagerie_{digest}_{self._count}".encode()
