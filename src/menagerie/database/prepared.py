"""Which statements the connections of a pool have prepared: PostgreSQL has already parsed and planned those.

PostgreSQL replans a prepared statement whenever the search_path differs, so each store has its own. A name is derived
from what it stands for, so that behind a pooler that mixes up sessions it can never run another statement.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import structlog

logger = structlog.get_logger(__name__)

Key = tuple[str, bytes, Sequence[int] | None]
"""What identifies a statement to PostgreSQL: the schema it is for, its text and the types of its parameters."""

_UNKNOWN = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
# "Cached plan must not change result type": a migration has changed what the statement returns.
STALE = (*_UNKNOWN, psycopg.errors.FeatureNotSupported)
"""The errors of a prepared statement that the server does not know, or knows as it was before a migration."""


@dataclass(slots=True)
class Preparation:
    """How many statements each connection of a pool keeps prepared, and which generation of them is valid."""

    max_statements: int
    generation: int = 0

    def distrust(self, error: psycopg.Error) -> None:
        """After a STALE error, prepare everything again, or stop preparing if sessions are mixed up."""
        self.generation += 1
        if isinstance(error, _UNKNOWN) and self.max_statements:
            self.max_statements = 0
            logger.warning(
                "prepared statements turned off",
                reason=error.sqlstate,
                hint="A pooler between server and database does not keep them. Configure it to (PgBouncer: "
                "max_prepared_statements), or set MENAGERIE_PREPARED_STATEMENTS=0.",
            )


class PreparedStatements:
    """One connection's statements. The least recently used are evicted first; each is prepared on its second use."""

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self._generation = preparation.generation
        self._names: OrderedDict[Key, bytes | None] = OrderedDict()
        self._surplus: list[bytes] = []
        self._count = 0

    def surplus(self) -> Sequence[bytes]:
        """The names of statements that are no longer wanted, to be closed now."""
        if self._generation != self._preparation.generation:
            self._generation = self._preparation.generation
            self._surplus += [name for name in self._names.values() if name is not None]
            self._names.clear()
        surplus, self._surplus = self._surplus, []
        return surplus

    def name(self, key: Key) -> tuple[bytes | None, bool]:
        """The statement's name, and whether it must be prepared first; without a name (None), send it unprepared."""
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
        """Forget a statement that could not be prepared."""
        self._names.pop(key, None)

    def distrust(self, error: psycopg.Error) -> None:
        """Handle a statement that failed with a STALE error."""
        self._preparation.distrust(error)

    def _new_name(self, key: Key) -> bytes:
        # Counted, so that a statement that is prepared again does not collide with its earlier self.
        self._count += 1
        digest = hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()
        return f"menagerie_{digest}_{self._count}".encode()
