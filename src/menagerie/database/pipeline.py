"""Transactions in libpq's pipeline mode, on connections of a pool: the only place that speaks it.

Statements are queued until somebody waits. Then all of them go out with one Sync behind them, and every result is read
before anybody goes on, so that between two waits nothing is under way. Of psycopg, only its documented wrapper of libpq
and its adaptation of values are used: the rest that it does for each statement (a cursor, a lock, a generator for every
wait) takes several times as much processor as the statement.
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
from menagerie.database.pool import Connection, Pool
from menagerie.database.prepared import STALE

_CANCEL_SECONDS = 5.0
_NO_PIPELINE, _IDLE, _NO_ROWS = PipelineStatus.OFF, TransactionStatus.IDLE, ExecStatus.COMMAND_OK
_IN_TRANSACTION = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})

Row = TypeVar("Row")


class Pipeline:
    """A transaction, while it is entered: `async with Pipeline(pool) as pipeline: …`.

    What was not committed is rolled back at the end, and the connection goes back to the pool as it came, or closed.
    """

    def __init__(self, pool: Pool) -> None:
        self.commit_sent = False
        """Whether COMMIT may have reached the server: what a connection that ends then has done is not known."""
        self.committed = False
        self._pool = pool
        self._connection: Connection
        self._schema = ""
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
            # Whoever is cancelled must not wait again.
            if error is None or isinstance(error, Exception):
                await self._roll_back()
        finally:
            await self._give_back()

    def begin(self, statements: Sequence[bytes], schema: str = "") -> None:
        """Queue what opens the transaction, on the tables of this schema."""
        self._schema = schema
        self._queue.extend(map(Sent, statements))

    def send(self, statement: LiteralString, parameters: Sequence[object] = (), *, prepare: bool = True) -> Sent:
        """Queue a statement. Without parameters it is sent as it stands.

        Args:
            statement: with a placeholder for each parameter.
            parameters: their values.
            prepare: whether it may be prepared. Not where the best plan depends on the values.

        Raises:
            RuntimeError: when the transaction has ended.
            psycopg.Error: when the parameters do not fit, or the error of an earlier statement that failed.
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
        """The rows of a statement that was sent, waiting for them where they are not here yet.

        Raises:
            psycopg.Error: the first error of those that were waited for; it is raised again by all that follows.
            TypeError: when the columns are not the fields of `row`.
        """
        if sent.result is None:
            await self._wait()
        if (result := sent.result) is None:
            raise RuntimeError("The transaction had ended before this statement was sent.")
        if result.status == _NO_ROWS:
            raise psycopg.ProgrammingError(f"The statement has no rows: {(result.command_status or b'').decode()}.")
        transformer = self._connection.transformer
        transformer.set_pgresult(result)
        try:
            make = row_maker(row, tuple(map(result.fname, range(result.nfields))))
            return transformer.load_rows(0, result.ntuples, make)
        finally:
            transformer.set_pgresult(None)

    async def commit(self) -> None:
        """Commit, together with what is queued; afterwards nothing can be sent.

        Raises:
            psycopg.Error: the first error, also one that an earlier wait has raised: then nothing is committed.
        """
        if not self._started:
            # A connection that ended while it was idle is noticed now, while it is certain that nothing was done: the
            # first look reads the server's last words, the second that it has hung up.
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
            raise RuntimeError("Another task waits for this transaction. Its work is done one after the other.")
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
            if isinstance(error, STALE):
                self._connection.prepared.distrust(error)
            raise
        finally:
            if exchange.complete:
                self._exchange = None

    async def _roll_back(self) -> None:
        if self._exchange is None and self._connection.pgconn.transaction_status in _IN_TRANSACTION:
            self._queue, self._error = [Sent(b"ROLLBACK")], None
            with suppress(psycopg.Error):  # then the connection is closed, which rolls back too
                await self._wait()

    async def _give_back(self) -> None:
        """Give the connection back to the pool; one that cannot be used any more is closed, which the pool notices."""
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
        if pgconn.transaction_status != _IDLE or pgconn.pipeline_status != _NO_PIPELINE:
            await connection.close()
        await self._pool.putconn(connection)


_stopping: set[asyncio.Task[None]] = set()
"""What the event loop would forget otherwise."""


async def _stop(pool: Pool, connection: Connection) -> None:
    """Let the server stop what nobody waits for any more. Until then it counts as one of the pool's connections."""
    try:
        with suppress(psycopg.Error):  # it has ended, or will when it meets the closed connection
            await connection.cancel_safe(timeout=_CANCEL_SECONDS)
    finally:
        await connection.close()
        await pool.putconn(connection)
