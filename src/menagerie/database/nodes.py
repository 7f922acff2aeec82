"""Which server holds a store.

Platform work goes to the coordinator, a store's transactions to the node that holds its schema. On plain PostgreSQL
that is the same server; on Citus every store is on one of several (schema-based sharding), and its role can only be
used there: it cannot log in, so no node can act as a store on another.
"""

import asyncio
from collections.abc import Iterator
from typing import Protocol
from uuid import UUID

from psycopg.rows import class_row

from menagerie.database.citus.catalog import IS_CITUS, NODE_OF_SCHEMA, Node, node_address
from menagerie.database.pool import Pool, new_pool


class TenantReference(Protocol):
    """What must be known about a store to find its server."""

    @property
    def id(self) -> UUID:
        """The store's id."""
        ...

    @property
    def schema(self) -> str:
        """The schema that holds its tables."""
        ...


class Nodes:
    """A pool per server, and which store is known to be on which."""

    def __init__(self, address: str, *, name: str, max_size: int, prepared: int = 0, remark: str = "") -> None:
        """Create the coordinator's pool; nothing is opened yet.

        Args:
            address: the URL of PostgreSQL, or of Citus' coordinator; other nodes' URLs differ only in host and port.
            name: reported to the servers.
            max_size: maximum number of connections to each server.
            prepared: how many statements each connection keeps prepared.
            remark: reported to the coordinator after the name.
        """
        self._prepared = prepared
        self.coordinator = new_pool(
            address, name=name, max_size=max_size, prepared=prepared, by_indexes=True, remark=remark
        )
        self._address, self._name, self.max_connections = address, name, max_size
        self._is_citus: bool | None = None
        self._pool_of_store: dict[UUID, Pool] = {}
        self._pools: dict[Node, Pool] = {}
        self._opening = asyncio.Lock()

    async def pool_of(self, store: TenantReference) -> Pool:
        """The pool of the node that holds the store; asks the coordinator if that is not known yet."""
        if self._is_citus is None:
            self._is_citus = await self._ask_whether_citus()
        if not self._is_citus:
            return self.coordinator
        return self._pool_of_store.get(store.id) or await self.find_pool(store)

    async def find_pool(self, store: TenantReference) -> Pool:
        """Like `pool_of`, but always asks the coordinator: stores can be moved to another node."""
        if not self._is_citus:
            return self.coordinator
        async with (
            self.coordinator.connection() as connection,
            connection.cursor(row_factory=class_row(Node)) as cursor,
        ):
            node = await (await cursor.execute(NODE_OF_SCHEMA, (store.schema,))).fetchone()
        self._pool_of_store[store.id] = pool = self.coordinator if node is None else await self._pool(node)
        return pool

    def pools(self) -> list[Pool]:
        """The pools of all known nodes, starting with the coordinator's."""
        return [self.coordinator, *self._pools.values()]

    async def open(self) -> None:
        """Open the coordinator's pool, without waiting for an unreachable server: readiness reports that."""
        await self.coordinator.open(wait=False)

    async def close(self) -> None:
        """Close every pool, waiting for running transactions."""
        for pool in self._all():
            await pool.close()

    async def _ask_whether_citus(self) -> bool:
        async with self.coordinator.connection() as connection:
            row = await (await connection.execute(IS_CITUS)).fetchone()
        return bool(row and row[0])

    async def _pool(self, node: Node) -> Pool:
        async with self._opening:
            if node not in self._pools:
                address = node_address(self._address, node)
                name = f"{self._name} {node.host}:{node.port}"
                pool = new_pool(
                    address, name=name, max_size=self.max_connections, prepared=self._prepared, by_indexes=True
                )
                await pool.open(wait=False)
                self._pools[node] = pool
        return self._pools[node]

    def _all(self) -> Iterator[Pool]:
        yield self.coordinator
        yield from self._pools.values()
