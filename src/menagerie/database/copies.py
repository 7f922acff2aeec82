"""Copies of whole schemas, out of the database and into it, with PostgreSQL's COPY: the basis of backups.

Both directions work as the owner, because a store's role may not read its own audit. A snapshot sees one moment,
however long it takes; a loading is one transaction, so none of it is visible until all of it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from menagerie.database.citus.settings import PROPAGATE_SETTINGS
from menagerie.database.session import Statement, scope

# COPY's format depends on these, which differ between servers.
_FORMAT_SETTINGS = (
    PROPAGATE_SETTINGS,
    "SET LOCAL client_encoding TO 'UTF8'",
    "SET LOCAL datestyle TO 'ISO, YMD'",
    "SET LOCAL bytea_output TO 'hex'",
)


class Copying:
    """A transaction of the owner that copies tables."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(
        self, statement: LiteralString, parameters: Sequence[object] | Mapping[str, object] = ()
    ) -> list[dict[str, Any]]:
        """The rows of a statement, by column."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def enter(self, schema: str) -> None:
        """Make names without a schema refer to this one."""
        self.run(scope(None, schema))

    def run(self, statements: Iterable[Statement | str]) -> None:
        """Run statements that take no parameters, one at a time.

        Plain text is only for migrations, which only we write.
        """
        for statement in statements:
            self._connection.execute(statement.encode() if isinstance(statement, str) else statement)


class Snapshot(Copying):
    """A view of the database as of one moment."""

    def lock(self, tables: Sequence[str]) -> None:
        """Lock the tables' definitions, before the first query of their rows fixes the snapshot."""
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        self._connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))

    def count(self, tables: Sequence[str]) -> int:
        """How many rows the tables have in total."""
        found = 0
        for table in tables:
            row = self._connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            found += row[0] if row else 0
        return found

    def copy_out(self, table: str, columns: Sequence[str]) -> Iterator[bytes]:
        """The rows of a table, one line each."""
        statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _names(columns))
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for line in copy:
                yield bytes(line)


class Loading(Copying):
    """A transaction that fills schemas."""

    def insert(self, schema: str, table: str, values: Mapping[str, object]) -> None:
        """Insert a row into a table; PostgreSQL converts text to the column's type."""
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(schema, table), _names(list(values)), sql.SQL(", ").join(sql.Placeholder() * len(values))
        )
        self._connection.execute(statement, list(values.values()))

    def copy_in(self, table: str, columns: Sequence[str], lines: Iterable[bytes]) -> int:
        """Fill a table with COPY lines, and return the number of rows."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for line in lines:
                    copy.write(line)
            return cursor.rowcount


@contextmanager
def snapshot(address: str) -> Iterator[Snapshot]:
    """Open a view of the database as of one moment, without disturbing it.

    Args:
        address: the owner's database URL.
    """
    with psycopg.connect(address, prepare_threshold=None) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        look = Snapshot(connection)
        look.run(_FORMAT_SETTINGS)
        yield look


@contextmanager
def loading(address: str) -> Iterator[Loading]:
    """Open a transaction that is committed at the end, unless something is raised.

    Args:
        address: the owner's database URL.
    """
    with psycopg.connect(address, prepare_threshold=None) as connection:
        load = Loading(connection)
        load.run(_FORMAT_SETTINGS)
        yield load


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
