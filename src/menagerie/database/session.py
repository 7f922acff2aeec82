"""The only way to open a transaction, and the only place that sets the search_path and the role.

A transaction is one unit of work: code that gets a session never commits it. Statements go through a pipeline (always
in PostgreSQL's extended protocol, which allows only one statement at a time), and BEGIN, role and path are sent
together with the first one. COMMIT is sent when the work is done, or together with the statement that `finish` declares
the last: a single statement takes two round trips, or only one with `finish`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import lru_cache
from typing import Generic, LiteralString, TypeVar

import psycopg
from prometheus_client import Counter
from psycopg import sql

from menagerie.database.exchange import Sent
from menagerie.database.nodes import Nodes
from menagerie.database.pipeline import Pipeline
from menagerie.database.pool import Pool
from menagerie.database.retries import Retries
from menagerie.database.revisions import STORES_REVISION
from menagerie.database.tenant import StoreGoneError, StoreNotMigratedError, Tenant
from menagerie.errors import DomainError
from menagerie.fair_queue import FairQueue

_MAX_TENANTS = 1024
MAX_WAIT_SECONDS = 2.0
"""The longest wait for a connection: as long as any request may take with a thousand customers."""
_REFUSED = Counter("menagerie_transactions_refused", "Transactions rejected because their queue was full.")
# The errors of a transaction whose store was deleted meanwhile.
_GONE = (
    psycopg.errors.InvalidParameterValue,
    psycopg.errors.UndefinedTable,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedObject,
)

Statement = sql.SQL | sql.Composed
Row = TypeVar("Row")
Result = TypeVar("Result")


class ReadSession:
    """A transaction that can read but not change anything."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    # `prepare=False` is for statements whose best plan depends on the values of their parameters, such as searches.

    async def fetch(
        self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = (), *, prepare: bool = True
    ) -> list[Row]:
        """The rows of the statement, each as a `row`."""
        return await self._pipeline.rows(self._pipeline.send(statement, parameters, prepare=prepare), row)

    async def fetch_one(
        self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = ()
    ) -> Row | None:
        """The first row of the statement, or None."""
        rows = await self.fetch(row, statement, parameters)
        return rows[0] if rows else None

    async def send(
        self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = (), *, prepare: bool = True
    ) -> "Pending[Row]":
        """Queue a statement; its rows arrive with the next round trip."""
        return Pending(self._pipeline, self._pipeline.send(statement, parameters, prepare=prepare), row)

    async def finish(
        self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = (), *, prepare: bool = True
    ) -> list[Row]:
        """Send the work's last statement together with COMMIT, and return its rows once they are committed.

        Afterwards the session takes no more statements (RuntimeError), and raising an error undoes nothing.
        """
        sent = self._pipeline.send(statement, parameters, prepare=prepare)
        await self._pipeline.commit()
        return await self._pipeline.rows(sent, row)

    async def finish_one(
        self, row: type[Row], statement: LiteralString, parameters: Sequence[object] = ()
    ) -> Row | None:
        """The first row of the work's last statement, or None; otherwise like `finish`."""
        rows = await self.finish(row, statement, parameters)
        return rows[0] if rows else None


class Pending(Generic[Row]):
    """A statement in the pipeline, whose rows may not have arrived yet."""

    def __init__(self, pipeline: Pipeline, sent: Sent, row: type[Row]) -> None:
        self._pipeline, self._sent, self._row = pipeline, sent, row

    async def rows(self) -> list[Row]:
        """The statement's rows."""
        return await self._pipeline.rows(self._sent, self._row)


class WriteSession(ReadSession):
    """A transaction that may change data; what it publishes is delivered once it has been committed."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline)
        self.events: list[object] = []
        self.translations: list[tuple[type[psycopg.Error], DomainError]] = []

    async def execute(self, statement: LiteralString, parameters: Sequence[object] = ()) -> None:
        """Send a statement whose result is not read; its error is raised at the next fetch or at the end."""
        self._pipeline.send(statement, parameters)

    async def execute_composed(self, statements: Sequence[Statement]) -> None:
        """Send statements whose names are composed of quoted identifiers: for DDL, which takes no parameters."""
        for statement in statements:
            self._pipeline.send_composed(statement)

    def translate(self, error: type[psycopg.Error], into: DomainError) -> None:
        """Raise a domain error if the transaction fails with this database error."""
        self.translations.append((error, into))

    def publish(self, event: object) -> None:
        """Publish a domain event to the cache and to open pages, once the transaction is committed."""
        self.events.append(event)


Publish = Callable[[Tenant | None, Sequence[object]], Awaitable[None]]


async def _publish_to_nobody(_tenant: Tenant | None, _events: Sequence[object]) -> None:
    """Null implementation: nobody listens."""


class Database:
    """Opens transactions, commits them, retries what is retryable, and publishes domain events."""

    def __init__(self, nodes: Nodes, owner_pool: Pool | None = None, publish: Publish = _publish_to_nobody) -> None:
        self.nodes = nodes
        self.owner_pool = owner_pool
        # All stores of a node together are bounded by the connections to it.
        self.turns = FairQueue(
            limit_per_store=max(1, nodes.max_connections * 3 // 4), max_wait=MAX_WAIT_SECONDS, refused=_REFUSED
        )
        self._publish = publish

    def pools(self) -> dict[str, Pool]:
        """Every pool by its name."""
        pools = {pool.name: pool for pool in self.nodes.pools()}
        return pools if self.owner_pool is None else pools | {"owner": self.owner_pool}

    async def read(self, tenant: Tenant, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
        """Run the work in a read-only transaction of the store.

        Raises:
            StoreGoneError: when the store no longer exists.
            StoreNotMigratedError: when the store is older than this version's code needs.
        """
        return await self._transact(await self.nodes.pool_of(tenant), tenant, work, ReadSession, read_only=True)

    async def write(self, tenant: Tenant, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work in a transaction of the store, commit it, then publish its domain events.

        The work may run more than once, so it must not have effects outside the session.

        Raises:
            StoreGoneError: when the store no longer exists.
            StoreNotMigratedError: when the store is older than this version's code needs.
        """
        return await self._transact(await self.nodes.pool_of(tenant), tenant, work, WriteSession)

    async def read_platform(self, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
        """Run the work in a read-only transaction on the platform schema."""
        return await self._transact(self.nodes.coordinator, None, work, ReadSession, read_only=True)

    async def write_platform(self, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work on the platform schema with the server's privileges: a few columns of a store's row."""
        return await self._transact(self.nodes.coordinator, None, work, WriteSession)

    async def write_as_owner(self, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work as the owner, who may change everything in the platform schema and create schemas.

        Raises:
            OwnerRequiredError: when this process does not have the owner's database URL.
        """
        if self.owner_pool is None:
            raise OwnerRequiredError(
                "This needs the database's owner. Set MENAGERIE_OWNER_DATABASE_URL, or ask the operator to do it."
            )
        return await self._transact(self.owner_pool, None, work, WriteSession)

    async def _transact(
        self,
        pool: Pool,
        tenant: Tenant | None,
        work: Callable[..., Awaitable[Result]],
        kind: type[ReadSession],
        *,
        read_only: bool = False,
    ) -> Result:
        if tenant is not None and tenant.revision < STORES_REVISION:
            raise StoreNotMigratedError
        retries = Retries(self.nodes, tenant)
        while True:
            pipeline = Pipeline(pool)
            try:
                return await self._run(pipeline, tenant, work, kind, read_only=read_only)
            except psycopg.Error as error:
                if pipeline.committed:
                    raise
                # Checked only now: waiting for a second connection while holding one can deadlock.
                if tenant is not None and isinstance(error, _GONE) and not await self._exists(tenant):
                    raise StoreGoneError("This store no longer exists.") from error
                again = await retries.next_pool(
                    error,
                    pool,
                    in_doubt=pipeline.commit_sent and not read_only,
                    role_denied=pipeline.role_denied,
                )
                if again is None:
                    raise
                pool = again

    async def _run(
        self,
        pipeline: Pipeline,
        tenant: Tenant | None,
        work: Callable[..., Awaitable[Result]],
        kind: type[ReadSession],
        *,
        read_only: bool,
    ) -> Result:
        session = kind(pipeline)
        turn = nullcontext() if tenant is None else self.turns.turn(tenant.id)
        try:
            async with turn, pipeline:
                role, schema = (tenant.role, tenant.schema) if tenant is not None else (None, "")
                pipeline.begin(_beginning(role, schema, read_only=read_only), schema)
                result = await work(session)
                if not pipeline.committed:
                    await pipeline.commit()
                return result
        except psycopg.Error as error:
            if isinstance(session, WriteSession):
                for expected, into in session.translations:
                    if isinstance(error, expected):
                        raise into from error
            raise
        finally:
            # Others must learn of a commit, whatever the work did after its last statement.
            if pipeline.committed and isinstance(session, WriteSession) and session.events:
                await self._publish(tenant, session.events)

    async def _exists(self, tenant: Tenant) -> bool:
        async with self.nodes.coordinator.connection() as connection:
            cursor = await connection.execute("SELECT 1 FROM platform.store WHERE id = %s", (tenant.id,))
            return await cursor.fetchone() is not None


class OwnerRequiredError(DomainError):
    """The owner's database URL is missing; set MENAGERIE_OWNER_DATABASE_URL, or use a process that has it."""


def scope(role: str | None, schema: str) -> list[Statement]:
    """The statements that give a transaction a store's role and search_path until it ends."""
    path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema))
    return [path] if role is None else [sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)), path]


@lru_cache(_MAX_TENANTS)
def _beginning(role: str | None, schema: str, *, read_only: bool) -> tuple[bytes, ...]:
    """The statements that open a transaction, encoded."""
    entering = scope(role, schema) if schema else []
    return (b"BEGIN READ ONLY" if read_only else b"BEGIN", *(statement.as_bytes() for statement in entering))


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Database]:
    """Open the database's pools, and close them at the end."""
    await database.nodes.open()
    if database.owner_pool is not None:
        await database.owner_pool.open(wait=False)
    try:
        yield database
    finally:
        await database.nodes.close()
        if database.owner_pool is not None:
            await database.owner_pool.close()
