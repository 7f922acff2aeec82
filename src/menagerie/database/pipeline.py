"""Transactions in libpq's pipeline mode, on connections of a pool: the only module that uses that mode.

Statements are queued until somebody waits. Then all of them are sent, followed by one Sync, and every result is read
before anybody continues, so nothing is in flight between two waits. This uses only psycopg's documented wrapper of
libpq and its adaptation of values: everything else it does per statement (a cursor, a lock, a generator for every wait)
takes several times as much CPU time as the statement.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import LiteralString, Self, TypeVar

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus

from menagerie.database.adaptation import row_maker, translated
from menagerie.database.exchange import Exchange, Sent
from menagerie.database.pool import MAX_SCHEMAS, Connection, Pool
from menagerie.database.prepared import STALE

_CANCEL_SECONDS = 5.0
_NO_PIPELINE, _IDLE, _NO_ROWS = PipelineStatus.OFF, TransactionStatus.IDLE, ExecStatus.COMMAND_OK
_IN_TRANSACTION = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})

Row = TypeVar("Row")


class Pipeline:
    """A transaction, for the duration of `async with Pipeline(pool) as pipeline: …`.

    Whatever was not committed is rolled back at the end. The connection returns to the pool unchanged, or closed.
    """

    def __init__(self, pool: Pool) -> None:
        self.commit_sent = False
        """Whether COMMIT may have reached the server: if the connection then ends, the outcome is unknown."""
        self.committed = False
        self.role_denied = False
        """Whether the server denied the transaction its role; its connection is then closed."""
        self._pool = pool
        self._connection: Connection
        self._schema = ""
        self._opening: list[Sent] = []
        self._queue: list[Sent] = []
        self._exchange: Exchange | None = None
        self._error: psycopg.Error | None = None
        self._started = self._ended = False

    async def __aenter__(self) -> Self:
        self._connection = await self._pool.getconn()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended = True
        try:
            # A cancelled task must not wait again.
            if error is None or isinstance(error, Exception):
                await self._roll_back()
        finally:
            await self._give_back()

    def begin(self, statements: Sequence[bytes], schema: str = "") -> None:
        """Queue the statements that open the transaction, which works on the tables of this schema."""
        self._schema = schema
        self._opening = list(map(Sent, statements))
        self._queue.extend(self._opening)

    def send(self, statement: LiteralString, parameters: Sequence[object] = (), *, prepare: bool = True) -> Sent:
        """Queue a statement. Without parameters it is sent verbatim.

        Args:
            statement: with a placeholder for each parameter.
            parameters: their values.
            prepare: whether it may be prepared; it should not if the best plan depends on the values.

        Raises:
            RuntimeError: when the transaction has ended.
            psycopg.Error: when the parameters do not fit, or when an earlier statement has failed (its error).
        """
        schema = self._schema if prepare else None
        if not parameters:
            return self._put(Sent(statement.encode(), schema=schema))
        text, formats = translated(statement)
        if len(formats) != len(parameters):
            raise psycopg.ProgrammingError(f"The statement has {len(formats)} placeholders, not {len(parameters)}.")
        transformer = self._connection.transformer
        values = transformer.dump_sequence(parameters, formats)
        return self._put(Sent(text, values, transformer.types, transformer.formats, schema))

    def send_composed(self, statement: sql.Composable) -> Sent:
        """Queue a statement whose names are composed of quoted identifiers."""
        return self._put(Sent(statement.as_bytes(self._connection)))

    async def rows(self, sent: Sent, row: type[Row]) -> list[Row]:
        """The rows of a statement that was sent, waiting for them if they have not arrived yet.

        Raises:
            psycopg.Error: the first error of the statements waited for; every later call raises it again.
            TypeError: when the columns are not the fields of `row`.
        """
        if sent.result is None:
            await self._wait()
        if (result := sent.result) is None:
            raise RuntimeError("The transaction had ended before this statement was sent.")
        if result.status == _NO_ROWS:
            raise psycopg.ProgrammingError(f"The statement returns no rows: {(result.command_status or b'').decode()}.")
        transformer = self._connection.transformer
        transformer.set_pgresult(result)
        try:
            make = row_maker(row, tuple(map(result.fname, range(result.nfields))))
            return transformer.load_rows(0, result.ntuples, make)
        finally:
            transformer.set_pgresult(None)

    async def commit(self) -> None:
        """Send what is queued together with COMMIT; after that, nothing can be sent.

        Raises:
            psycopg.Error: the first error, even one that an earlier wait has raised: then nothing is committed.
        """
        if not self._started:
            # Detect a connection that ended while idle now, while it is certain that nothing was done: the first call
            # reads the server's last message, the second that it has closed the connection.
            self._connection.pgconn.consume_input()
            self._connection.pgconn.consume_input()
        self._put(Sent(b"COMMIT"))
        self._ended = self.commit_sent = True
        await self._wait()
        self.committed = True

    def _put(self, statement: Sent) -> Sent:
        if self._error is not None:
            raise self._error
        if self._ended:
            raise RuntimeError("The transaction has ended. Put further work before its last statement.")
        self._queue.append(statement)
        return statement

    async def _wait(self) -> None:
        """Send what is queued and read every result."""
        if self._error is not None:
            raise self._error
        if self._exchange is not None:
            raise RuntimeError("Another task is waiting for this transaction. Do its work sequentially.")
        if not self._queue:
            return
        queue, self._queue = self._queue, []
        self._exchange = exchange = Exchange(self._connection, queue)
        try:
            if not self._started:
                self._started = True
                self._connection.pgconn.enter_pipeline_mode()
            await exchange.run()
        except psycopg.Error as error:
            self._error = error
            if isinstance(error, psycopg.errors.InsufficientPrivilege):
                self.role_denied = any(sent.result is None for sent in self._opening)
            if isinstance(error, STALE):
                self._connection.prepared.distrust(error)
            raise
        finally:
            if exchange.complete:
                self._exchange = None

    async def _roll_back(self) -> None:
        if self._exchange is None and self._connection.pgconn.transaction_status in _IN_TRANSACTION:
            self._queue, self._error = [Sent(b"ROLLBACK")], None
            with suppress(psycopg.Error):  # the connection is then closed, which also rolls back
                await self._wait()

    async def _give_back(self) -> None:
        """Return the connection to the pool; close it first if it is unusable, which the pool notices."""
        connection, pgconn = self._connection, self._connection.pgconn
        if self._exchange is not None:
            self._exchange.give_up()
            stopping = asyncio.create_task(_stop(self._pool, connection))
            _stopping.add(stopping)
            stopping.add_done_callback(_stopping.discard)
            return
        with suppress(psycopg.OperationalError):
            if pgconn.pipeline_status != _NO_PIPELINE:
                pgconn.exit_pipeline_mode()
        if self.role_denied or pgconn.transaction_status != _IDLE or pgconn.pipeline_status != _NO_PIPELINE:
            await connection.close()
        connection.schemas.add(self._schema)
        if len(connection.schemas) > MAX_SCHEMAS:
            connection.expire()
        await self._pool.putconn(connection)


_stopping: set[asyncio.Task[None]] = set()
"""Keeps running tasks alive: the event loop only holds weak references to them."""


async def _stop(pool: Pool, connection: Connection) -> None:
    """Make the server stop what nobody waits for any more. Until then, the connection still counts towards the pool."""
    try:
        with suppress(psycopg.Error):  # it has ended, or will once it notices the closed connection
            await connection.cancel_safe(timeout=_CANCEL_SECONDS)
    finally:
        await connection.close()
        await pool.putconn(connection)
