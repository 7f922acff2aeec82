"""Queries of Citus' catalogue: which nodes exist, and which one holds a store (schema-based sharding).

Every role may read these tables, on every node; on plain PostgreSQL they do not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import class_row

# Since version 12, Citus lists here the schemas that are each on one node.
IS_CITUS: LiteralString = "SELECT to_regclass('pg_catalog.pg_dist_schema') IS NOT NULL"
# A store's tables are colocated, so any of their shards gives the node. Group 0 is the coordinator itself.
_PLACEMENTS: LiteralString = """
    FROM pg_dist_schema AS schema
    JOIN pg_dist_partition AS part ON part.colocationid = schema.colocationid
    JOIN pg_dist_shard AS shard ON shard.logicalrelid = part.logicalrelid
    JOIN pg_dist_placement AS placement ON placement.shardid = shard.shardid
"""
NODE_OF_SCHEMA: LiteralString = f"""
    SELECT node.nodename AS host, node.nodeport AS port {_PLACEMENTS}
    JOIN pg_dist_node AS node ON node.groupid = placement.groupid AND node.noderole = 'primary'
    WHERE schema.schemaid = to_regnamespace(quote_ident(%s)) AND node.groupid <> 0
    LIMIT 1
"""
_WORKERS: LiteralString = f"""
    SELECT node.nodename AS host, node.nodeport AS port, count(here.schemaid) AS stores
    FROM pg_dist_node AS node
    LEFT JOIN (SELECT DISTINCT schema.schemaid, placement.groupid {_PLACEMENTS}) AS here USING (groupid)
    WHERE node.groupid <> 0 AND node.noderole = 'primary' AND node.isactive
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_STRAYS: LiteralString = """
    SELECT store.slug FROM platform.store AS store
    WHERE NOT EXISTS (SELECT FROM pg_dist_schema WHERE schemaid = to_regnamespace(quote_ident(store.schema_name)))
    OR EXISTS (
        SELECT FROM pg_class AS class WHERE class.relkind = 'r'
        AND class.relnamespace = to_regnamespace(quote_ident(store.schema_name))
        AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = class.oid)
    )
    ORDER BY 1
"""
_OPEN: LiteralString = """
    SELECT count(*) FROM pg_proc AS routine
    JOIN pg_depend AS part ON part.classid = 'pg_proc'::regclass AND part.objid = routine.oid AND part.deptype = 'e'
    JOIN pg_extension AS brought ON part.refclassid = 'pg_extension'::regclass AND brought.oid = part.refobjid
    WHERE brought.extname IN ('citus', 'citus_columnar')
    AND has_function_privilege('public', routine.oid, 'EXECUTE') AND routine.proname <> ALL (%s)
"""
_UNKNOWN: LiteralString = """
    SELECT count(*) FROM pg_auth_members AS membership
    WHERE membership.member = 'menagerie_server'::regrole AND NOT EXISTS (
        SELECT FROM pg_dist_object WHERE classid = 'pg_authid'::regclass AND objid = membership.roleid
    )
"""
# Every query of the catalogue calls these to decide whether to show a table.
HIDING_SHARDS = ("relation_is_a_known_shard", "citus_table_is_visible")


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a Citus cluster, as the others know it."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A node other than the coordinator, and how many stores it holds."""

    host: str
    port: int
    stores: int

    @property
    def node(self) -> Node:
        """The node itself."""
        return Node(self.host, self.port)


def is_citus(connection: psycopg.Connection) -> bool:
    """Whether the database is spread over nodes."""
    row = connection.execute(IS_CITUS).fetchone()
    return bool(row and row[0])


def workers(connection: psycopg.Connection) -> list[Worker]:
    """The nodes other than the coordinator."""
    return connection.cursor(row_factory=class_row(Worker)).execute(_WORKERS).fetchall()


def strays(connection: psycopg.Connection) -> Sequence[str]:
    """The slugs of stores that are not entirely on a node; Citus does not list tables created behind its back."""
    return [str(row[0]) for row in connection.execute(_STRAYS)]


def unknown_roles(connection: psycopg.Connection) -> int:
    """How many store roles Citus does not know; with even one, it cannot create the next store."""
    row = connection.execute(_UNKNOWN).fetchone()
    return int(row[0]) if row else 0


def open_routines(connection: psycopg.Connection) -> int:
    """How many of Citus' own functions every role may call, apart from those that hide shards."""
    row = connection.execute(_OPEN, (list(HIDING_SHARDS),)).fetchone()
    return int(row[0]) if row else 0


def replication_settings(connection: psycopg.Connection) -> tuple[str, int]:
    """`wal_level` and `max_prepared_transactions` of this server; creating and moving stores depends on them."""
    row = connection.execute(
        "SELECT current_setting('wal_level'), current_setting('max_prepared_transactions')::int"
    ).fetchone()
    return row or ("", 0)


def node_address(address: str, node: Node) -> str:
    """The address of another node: the same role, database and encryption."""
    known = {name: value for name, value in conninfo_to_dict(address).items() if name != "hostaddr"}
    return make_conninfo("", **known | {"host": node.host, "port": node.port})
