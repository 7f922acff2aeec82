"""The only way to a transaction, and the only place that sets the search_path and the role.

A transaction is one unit of work: whoever gets a session never commits. The statements travel in a pipeline (always
by PostgreSQL's extended protocol, so that no second statement fits into one), and BEGIN, role and path go out together
with the first statement, COMMIT together with the last: a unit of one statement is two round trips.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Generic, LiteralString, Protocol, TypeVar

import psycopg
import structlog
from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg.rows import TupleRow, class_row

from menagerie.database.away import is_away, was_refused
from menagerie.database.nodes import Kept, Nodes
from menagerie.database.pipeline import pipelined
from menagerie.database.pool import Pool
from menagerie.errors import Problem

logger = structlog.get_logger(__name__)

_ATTEMPTS = 5
# Deadlock, serialization failure, lock not available: what another try can mend.
_PASSING = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)
# What a store's transaction meets when the store was deleted under it.
_GONE = (
    psycopg.errors.InvalidParameterValue,
    psycopg.errors.UndefinedTable,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedObject,
)

Statement = sql.SQL | sql.Composed
Row = TypeVar("Row")
Result = TypeVar("Result")


class StoreGone(Problem):
    """The store was deleted while it was being used; there is nothing to try again."""


class Tenant(Kept, Protocol):
    """What a transaction must know of a store; only a value read from the platform schema has it."""

    @property
    def role(self) -> str:
        """The role that may use that schema alone."""
        ...


class ReadSession:
    """A transaction that can look but not change anything."""

    def __init__(self, connection: AsyncConnection[TupleRow]) -> None:
        self._connection = connection

    async def fetch(self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of the statement, each as a `row`."""
        async with self._connection.cursor(binary=True, row_factory=class_row(row)) as cursor:
            await cursor.execute(statement, parameters)
            return await cursor.fetchall()

    async def fetch_one(
        self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = ()
    ) -> Row | None:
        """The first row of the statement, or None."""
        rows = await self.fetch(row, statement, parameters)
        return rows[0] if rows else None

    async def send(self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = ()) -> "Pending[Row]":
        """Put a statement into the pipeline; its rows come with the next round trip."""
        cursor = self._connection.cursor(binary=True, row_factory=class_row(row))
        await cursor.execute(statement, parameters)
        return Pending(cursor)


class Pending(Generic[Row]):
    """A statement under way, whose rows are not here yet."""

    def __init__(self, cursor: AsyncCursor[Row]) -> None:
        self._cursor = cursor

    async def rows(self) -> list[Row]:
        """Its rows."""
        return await self._cursor.fetchall()


class WriteSession(ReadSession):
    """A transaction that may change things; what was announced happens after it has been committed."""

    def __init__(self, connection: AsyncConnection[TupleRow]) -> None:
        super().__init__(connection)
        self.announcements: list[object] = []

    async def execute(self, statement: LiteralString, parameters: Sequence[object] = ()) -> None:
        """Send a statement whose outcome is not looked at; an error of it comes at the next fetch or at the end."""
        await self._connection.execute(statement, parameters, binary=True)

    async def execute_many(self, statement: LiteralString, parameters: Sequence[Sequence[object]]) -> None:
        """Send the statement once for each set of parameters."""
        for each in parameters:
            await self.execute(statement, each)

    async def execute_composed(self, statements: Sequence[Statement]) -> None:
        """Send statements whose names are composed of quoted identifiers: for DDL, which takes no parameters."""
        for statement in statements:
            await self._connection.execute(statement, binary=True)

    def announce(self, event: object) -> None:
        """Say what happened, to those who must know once it is committed (the cache, open pages)."""
        self.announcements.append(event)


Announce = Callable[[Tenant | None, Sequence[object]], Awaitable[None]]


async def _announce_to_nobody(_tenant: Tenant | None, _events: Sequence[object]) -> None:
    """Null implementation: nobody listens."""


class Database:
    """Opens transactions, commits them, tries again what a deadlock stopped, and announces what was done."""

    def __init__(self, nodes: Nodes, owner: Pool | None = None, announce: Announce = _announce_to_nobody) -> None:
        self.nodes = nodes
        self.owner = owner
        self._announce = announce

    async def read(self, tenant: Tenant, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
        """Run the work in a read-only transaction of the store.

        Raises:
            StoreGone: when the store no longer exists.
        """
        return await self._transact(await self.nodes.owner(tenant), tenant, work, ReadSession, read_only=True)

    async def write(self, tenant: Tenant, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work in a transaction of the store, commit it, then announce what it announced.

        The work may run more than once, so it must not have effects outside the session.

        Raises:
            StoreGone: when the store no longer exists.
        """
        return await self._transact(await self.nodes.owner(tenant), tenant, work, WriteSession)

    async def read_platform(self, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
        """Run the work in a read-only transaction over the platform schema."""
        return await self._transact(self.nodes.coordinator, None, work, ReadSession, read_only=True)

    async def write_platform(self, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work over the platform schema with the server's own rights: a few columns of a store's row."""
        return await self._transact(self.nodes.coordinator, None, work, WriteSession)

    async def write_as_owner(self, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work as the owner, who may change everything in the platform schema and make schemas.

        Raises:
            OwnerNeeded: when this process was not given the owner's address.
        """
        if self.owner is None:
            raise OwnerNeeded(
                "This needs the database's owner. Set MENAGERIE_OWNER_DATABASE_URL, or ask the operator to do it."
            )
        return await self._transact(self.owner, None, work, WriteSession)

    async def _transact(
        self,
        pool: Pool,
        tenant: Tenant | None,
        work: Callable[..., Awaitable[Result]],
        kind: type[ReadSession],
        *,
        read_only: bool = False,
    ) -> Result:
        def run(where: Pool) -> Awaitable[Result]:
            return self._attempt(lambda: self._run(where, tenant, work, kind, read_only=read_only))

        try:
            return await run(pool)
        except _Undone as undone:
            if (place := await self._place_again(undone.error, pool, tenant)) is None:
                raise undone.error from None
            logger.info("transaction tried again", reason=undone.error.sqlstate or "connection lost")
        try:
            return await run(place)
        except _Undone as undone:
            raise undone.error from None

    async def _place_again(self, error: psycopg.Error, pool: Pool, tenant: Tenant | None) -> Pool | None:
        """Where that which was undone may be done now."""
        owner = pool if tenant is None else await self.nodes.owner_now(tenant)
        if owner is pool:
            if was_refused(error):
                return None
            # Its server was away for a moment, or is; connections that were idle have ended with this one.
            await pool.check()
        return owner

    async def _run(
        self,
        pool: Pool,
        tenant: Tenant | None,
        work: Callable[..., Awaitable[Result]],
        kind: type[ReadSession],
        *,
        read_only: bool,
    ) -> Result:
        committing = False
        try:
            async with pool.connection() as connection, pipelined(connection):
                await connection.execute("BEGIN READ ONLY" if read_only else "BEGIN")
                if tenant is not None:
                    await _enter(connection, tenant)
                session = kind(connection)
                result = await work(session)
                committing = not read_only
                await connection.execute("COMMIT")
        except _GONE as error:
            # Asked only now: whoever waits for a second connection while holding one can wait for ever.
            if tenant is not None and not await self._exists(tenant):
                raise StoreGone("This store no longer exists.") from error
            if was_refused(error):
                raise _Undone(error) from error
            raise
        except psycopg.OperationalError as error:
            if was_refused(error) or (is_away(error) and not committing):
                raise _Undone(error) from error
            raise
        if isinstance(session, WriteSession) and session.announcements:
            await self._announce(tenant, session.announcements)
        return result

    async def _attempt(self, run: Callable[[], Awaitable[Result]]) -> Result:
        for attempt in range(1, _ATTEMPTS):
            try:
                return await run()
            except _PASSING as error:
                logger.info("transaction tried again", attempt=attempt, reason=error.sqlstate)
                await asyncio.sleep(random.uniform(0, 0.02) * 2**attempt)  # noqa: S311  not a secret
        return await run()

    async def _exists(self, tenant: Tenant) -> bool:
        async with self.nodes.coordinator.connection() as connection:
            cursor = await connection.execute("SELECT 1 FROM platform.store WHERE id = %s", (tenant.id,))
            return await cursor.fetchone() is not None


class _Undone(Exception):  # noqa: N818  nothing is wrong yet
    """There was no connection, or it ended before COMMIT was sent: nothing was done, and it may be tried again."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__()
        self.error = error


class OwnerNeeded(Problem):
    """Set MENAGERIE_OWNER_DATABASE_URL for this process, or do it where it is set."""


def scope(role: str | None, schema: str) -> list[Statement]:
    """The statements that give a transaction a store's role and search_path until it ends."""
    path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema))
    return [path] if role is None else [sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)), path]


async def _enter(connection: AsyncConnection[TupleRow], tenant: Tenant) -> None:
    for statement in scope(tenant.role, tenant.schema):
        await connection.execute(statement)


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Database]:
    """The database with its pools open, closed at the end."""
    await database.nodes.open()
    if database.owner is not None:
        await database.owner.open(wait=False)
    try:
        yield database
    finally:
        await database.nodes.close()
        if database.owner is not None:
            await database.owner.close()
