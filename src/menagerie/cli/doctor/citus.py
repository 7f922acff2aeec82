"""What `menagerie doctor` checks when Citus spreads the stores over several servers."""

from collections.abc import Iterator

import psycopg

from menagerie.cli.doctor.findings import Finding, ok, problem, warning
from menagerie.database.citus.catalog import (
    is_citus,
    open_routines,
    replication_settings,
    strays,
    unknown_roles,
    workers,
)
from menagerie.settings import Settings

_SHOWN = 5
_SCRIPT = "Have an administrator run the output of `menagerie database script --citus` on the coordinator."


def check_citus(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    """Check what Citus needs, on the coordinator's connection; does nothing on plain PostgreSQL."""
    if not is_citus(connection):
        return
    yield from _spread(connection)
    if unknown := unknown_roles(connection):
        yield problem(
            "Citus",
            f"Citus does not know {unknown} store roles, which were created before it or in another database, so no "
            f"store can be created. {_SCRIPT}",
        )
    yield from _moves(connection)


def check_hardening(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    """Check that this node is hardened against what Citus adds; does nothing on plain PostgreSQL."""
    if found := open_routines(connection):
        yield problem(
            "Citus",
            f"EVERY ROLE MAY CALL {found} FUNCTIONS OF CITUS, some of which run a given statement: through them, an "
            f"injected SELECT could leave its store. {_SCRIPT}",
        )


def _spread(connection: psycopg.Connection) -> Iterator[Finding]:
    nodes, left = workers(connection), strays(connection)
    if not nodes:
        yield warning("Citus", "There is no worker, so every store is on the coordinator. Add one: citus_add_node.")
        return
    yield ok("Citus", f"{sum(node.stores for node in nodes)} stores are on {len(nodes)} workers.")
    if left:
        named = ", ".join(left[:_SHOWN]) + (", …" if len(left) > _SHOWN else "")
        yield warning(
            "Citus",
            f"{len(left)} stores are on the coordinator ({named}). As the owner, for each: SELECT "
            "citus_schema_distribute('store_…').",
        )


def _moves(connection: psycopg.Connection) -> Iterator[Finding]:
    level, prepared = replication_settings(connection)
    if prepared == 0:
        yield problem("Citus", "max_prepared_transactions is 0, so stores cannot be created. Set it on every node.")
    if level != "logical":
        yield warning(
            "Citus",
            f"wal_level is {level}: a store's customers must wait while it moves. Set it to logical everywhere.",
        )
