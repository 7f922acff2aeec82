"""One round trip of a pipeline: statements are sent together, and the result of each is read."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import psycopg
from psycopg.abc import Buffer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult

from menagerie.database.pool import Connection
from menagerie.database.prepared import Key

_SYNC, _SKIPPED, _BINARY = ExecStatus.PIPELINE_SYNC, ExecStatus.PIPELINE_ABORTED, Format.BINARY
_DONE = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY})
_COPYING = frozenset({ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH})
_POLL_SECONDS = 1.0
"""How often to read a socket that reports nothing: uvloop silently stops watching one that was reset."""


class Sent:
    """A statement that is queued or sent, and its result once that has arrived."""

    __slots__ = ("formats", "result", "schema", "text", "types", "values")

    def __init__(
        self,
        text: bytes,
        values: Sequence[Buffer | None] | None = None,
        types: Sequence[int] | None = None,
        formats: Sequence[int] | None = None,
        schema: str | None = None,
    ) -> None:
        """A statement with its parameters. If its schema is given, it may be prepared."""
        self.text, self.values, self.types, self.formats, self.schema = text, values, types, formats, schema
        self.result: PGresult | None = None


class Exchange:
    """The statements of one round trip on a connection in pipeline mode, and the results read so far."""

    def __init__(self, connection: Connection, statements: Sequence[Sent]) -> None:
        self.complete = False
        """Whether every result was read, so that the connection can be used for something else."""
        self._connection, self._pgconn = connection, connection.pgconn
        self._statements = statements
        self._unread: deque[Sent | Key | None] = deque()
        """What the next results belong to: a statement, the preparation of one, or None if nobody waits for it."""
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._error: Exception | None = None
        self._watched: int | None = None
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Send the statements followed by a Sync, and read until the server has answered the Sync.

        Raises:
            psycopg.Error: the first error; statements that the server skipped because of it raise none of their own.
            psycopg.OperationalError: when the connection has ended, unless the server gave a reason.
        """
        pgconn = self._pgconn
        for name in self._connection.prepared.surplus():
            pgconn.send_close_prepared(name)
            self._unread.append(None)
        for each in self._statements:
            self._send(each)
        pgconn.pipeline_sync()
        self._watched = pgconn.socket
        self._loop.add_reader(self._watched, self._read)
        self._timer = self._loop.call_later(_POLL_SECONDS, self._poll)
        if pgconn.flush():
            # The send buffer is full. Keep reading meanwhile: a server that cannot write would not read either.
            self._writing = True
            self._loop.add_writer(self._watched, self._write)
        try:
            await self._ended
        finally:
            self._look_away()
        if self._error is not None:
            raise self._error

    def give_up(self) -> None:
        """Cancel whoever is still waiting."""
        self._look_away()
        self._ended.cancel()

    def _send(self, sent: Sent) -> None:
        name = None
        if sent.schema is not None:
            key = (sent.schema, sent.text, sent.types)
            name, is_new = self._connection.prepared.name(key)
            if name is not None and is_new:
                self._pgconn.send_prepare(name, sent.text, sent.types)
                self._unread.append(key)
        if name is None:
            self._pgconn.send_query_params(sent.text, sent.values, sent.types, sent.formats, _BINARY)
        else:
            self._pgconn.send_query_prepared(name, sent.values, sent.formats, _BINARY)
        self._unread.append(sent)

    def _read(self) -> None:
        try:
            self._pgconn.consume_input()
            self.complete = self._take_results()
        except Exception as error:  # noqa: BLE001  raised to the waiting task, not to the event loop
            self._end(error)
        else:
            if self.complete:
                self._end()

    def _poll(self) -> None:
        self._read()
        if self._watched is not None:
            self._timer = self._loop.call_later(_POLL_SECONDS, self._poll)

    def _write(self) -> None:
        try:
            if not self._pgconn.flush() and self._watched is not None:
                self._loop.remove_writer(self._watched)
        except Exception as error:  # noqa: BLE001  as above
            self._end(error)

    def _end(self, error: Exception | None = None) -> None:
        self._error = self._error or error
        self._look_away()
        if not self._ended.done():
            self._ended.set_result(None)

    def _look_away(self) -> None:
        """Stop watching the socket before its number can be reused: libpq closes it when the connection ends."""
        watched, self._watched = self._watched, None
        if watched is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._writing:
            with suppress(OSError):  # already closed
                self._loop.remove_writer(watched)
        with suppress(OSError):
            self._loop.remove_reader(watched)

    def _take_results(self) -> bool:
        """Take the results that have arrived, and return whether the Sync's was among them."""
        pgconn, separated = self._pgconn, False
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is not None:
                if result.status == _SYNC:
                    return True
                self._take(result)
            elif separated:
                # Each statement's results are followed by one None. A second one means that no more will arrive.
                raise psycopg.OperationalError(pgconn.get_error_message())
            separated = result is None
        return False

    def _take(self, result: PGresult) -> None:
        waiting = self._unread.popleft() if self._unread else None
        if result.status in _DONE:
            if isinstance(waiting, Sent):
                waiting.result = result
            return
        if result.status in _COPYING:
            raise psycopg.NotSupportedError("COPY cannot be used in a transaction of Database.")
        if isinstance(waiting, tuple):
            self._connection.prepared.forget(waiting)
        if result.status != _SKIPPED:
            self._error = self._error or self._error_of(result)

    def _error_of(self, result: PGresult) -> psycopg.Error:
        encoding = self._connection.info.encoding
        if result.error_field(DiagnosticField.SQLSTATE) is None:  # libpq's own report about the connection
            return psycopg.OperationalError(result.get_error_message(encoding))
        return error_from_result(result, encoding=encoding)
