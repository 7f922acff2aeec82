"""A Citus cluster on this machine: a coordinator and two workers, set up as docs/citus.md describes.

All connections to and between the nodes use verified TLS. Only the superuser and the two fixed roles may sign in.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from psycopg import sql

from menagerie.database.citus.script import citus_script
from menagerie.database.privileges import OWNER_ROLE, SERVER_ROLE
from menagerie.local.installation import DATABASE
from plain_postgres import run_pg_dump
from postgres_node import HOST, SIGNING_IN, SUPERUSER, Node

_SETTINGS = {
    "shared_preload_libraries": "citus",
    "max_prepared_transactions": "200",
    "wal_level": "logical",
    "citus.node_conninfo": "sslmode=verify-full sslrootcert=authority.pem",
}


def programs() -> Path | None:
    """The directory of programs of a PostgreSQL with Citus, from MENAGERIE_CITUS."""
    named = os.environ.get("MENAGERIE_CITUS")
    return Path(named) if named else None


class Citus:
    """A coordinator and two workers."""

    def __init__(self, binaries: Path) -> None:
        # Not in pytest's private directory, because PostgreSQL runs under another account than root.
        self._home = Path(tempfile.mkdtemp(prefix="citus-"))
        self._home.chmod(0o711)
        self._binaries = binaries
        self._passwords = {role: secrets.token_urlsafe(16) for role in SIGNING_IN}
        self.coordinator, *self.workers = map(self._node, ("coordinator", "first", "second"))

    @property
    def nodes(self) -> Sequence[Node]:
        return [self.coordinator, *self.workers]

    def start(self) -> None:
        """Start every node and join them into one cluster."""
        for node in self.nodes:
            node.start()
        self.prepare(DATABASE)

    def prepare(self, database: str) -> None:
        """Create a database on every node, join them, and do what an administrator does."""
        for node in self.nodes:
            self._make(database, node)
        self.coordinator.run("SELECT citus_set_coordinator_host(%s, %s)", (HOST, self.coordinator.port), database)
        for worker in self.workers:
            self.coordinator.run("SELECT citus_add_node(%s, %s)", (HOST, worker.port), database)
        self.coordinator.run_script(citus_script(database), database)
        for role in (OWNER_ROLE, SERVER_ROLE):
            password = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), self._passwords[role])
            self.coordinator.run(password, (), database)
        for node in self.nodes:
            self._let_in(OWNER_ROLE, node, database)

    def drop(self, database: str) -> None:
        for node in self.nodes:
            node.run(f"DROP DATABASE {database} WITH (FORCE)", (), "postgres")
        # Its stores' roles still exist, and Citus knew them only in that database.
        self.coordinator.run_script(citus_script(DATABASE))

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        roles = {"database_url": SERVER_ROLE, "owner_database_url": OWNER_ROLE}
        return {setting: self.coordinator.address(role, database) for setting, role in roles.items()}

    def superuser(self, database: str = DATABASE) -> str:
        return self.coordinator.address(SUPERUSER, database)

    def superuser_for(self, schema: str) -> str:
        return self.home(schema).address(SUPERUSER)

    def home(self, schema: str) -> Node:
        """The node that a store is on, according to Citus."""
        ports = self.coordinator.run(
            "SELECT DISTINCT nodeport FROM citus_shards WHERE table_name::text LIKE %s", (f"{schema}.%",)
        )
        assert len(ports) == 1, ports
        return next(node for node in self.nodes if node.port == ports[0][0])

    def dump(self) -> bytes:
        return run_pg_dump(self._binaries, self.superuser())

    def data_directories(self) -> dict[str, list[Path]]:
        homes = [self._home / node.name for node in self.nodes]
        data, log = ([home / name for home in homes] for name in ("base", "pg_wal"))
        return {"data": data, "write-ahead log": log, "logs": [self._home / "logs"]}

    def add_worker(self) -> Node:
        """Add a third worker, as an administrator does to a cluster in use."""
        node = self._node(f"joined-{secrets.token_hex(4)}")
        node.start()
        self._make(DATABASE, node)
        self.coordinator.run("SELECT citus_add_node(%s, %s)", (HOST, node.port))
        self.coordinator.run_script(citus_script(DATABASE))
        self._let_in(OWNER_ROLE, node, DATABASE)
        self.workers.append(node)
        return node

    def remove_worker(self, node: Node) -> None:
        """Remove a worker that has no stores."""
        self.workers.remove(node)
        self.coordinator.run("SELECT citus_remove_node(%s, %s)", (HOST, node.port))
        node.stop()

    def stop(self) -> None:
        """Stop every node and delete it."""
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self._home)

    def _node(self, name: str) -> Node:
        return Node(name, self._home, self._binaries, self._passwords, _SETTINGS)

    def _make(self, database: str, node: Node) -> None:
        node.run(f"CREATE DATABASE {database}", (), "postgres")
        node.run("CREATE EXTENSION citus", (), database)
        self._let_in(SUPERUSER, node, database)

    def _let_in(self, role: str, node: Node, database: str) -> None:
        """Give a node the password with which a role signs in at the others."""
        statement = "INSERT INTO pg_dist_authinfo (nodeid, rolename, authinfo) VALUES (0, %s, %s)"
        node.run(statement, (role, f"password={self._passwords[role]}"), database)
