"""A Citus cluster on this machine: a coordinator and two workers, set up as docs/deployment.md tells operators to.

The nodes speak verified TLS with one another and with us. Only the superuser and the two fixed roles may sign in.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from menagerie.database.citus.script import citus_script
from menagerie.database.privileges import OWNER_ROLE, SERVER_ROLE
from menagerie.local.accounts import server_account
from menagerie.local.certificates import ensure_certificates
from menagerie.local.installation import DATABASE
from menagerie.local.processes import ServerLog, ServerProcess, environment, run_as
from plain import dumped

SUPERUSER = "postgres"
HOST = "localhost"
_SIGNING_IN = (SUPERUSER, OWNER_ROLE, SERVER_ROLE)
_HBA = """
hostssl all {superuser} 127.0.0.1/32 scram-sha-256
hostssl all {owner},{server} 127.0.0.1/32 scram-sha-256
host all all all reject
local all all reject
"""


def programs() -> Path | None:
    """The directory of a PostgreSQL's programs that has Citus, as MENAGERIE_CITUS names it."""
    named = os.environ.get("MENAGERIE_CITUS")
    return Path(named) if named else None


class Node:
    """One PostgreSQL server with Citus."""

    def __init__(self, name: str, home: Path, binaries: Path, passwords: dict[str, str]) -> None:
        self.name = name
        self.port = _free_port()
        self._home = home / name
        self._certificates = ensure_certificates(home / "certificates")
        self._binaries = binaries
        self._passwords = passwords
        self._account = server_account()
        self._server = ServerProcess(f"Citus {name}", self._home, ServerLog(home / "logs" / f"{name}.log"))

    def address(self, role: str, database: str = DATABASE) -> str:
        """The node's address for a role."""
        query = urlencode({"sslmode": "verify-full", "sslrootcert": str(self._certificates.authority)})
        return f"postgresql://{role}:{self._passwords[role]}@{HOST}:{self.port}/{database}?{query}"

    def start(self) -> None:
        """Make the node the first time, and start it."""
        if not self._home.exists():
            self._create()
        self._server.start(
            [str(self._binaries / "postgres"), "-D", str(self._home)], self._ready, seconds=60, account=self._account
        )

    def stop(self) -> None:
        """End every connection and stop."""
        self._server.stop(signal.SIGINT, seconds=30)

    def run(
        self, statement: str | sql.Composed, parameters: Sequence[object] = (), database: str = DATABASE
    ) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser; its rows."""
        with psycopg.connect(self.address(SUPERUSER, database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode() if isinstance(statement, str) else statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def run_script(self, script: str, database: str = DATABASE) -> None:
        """Run a script with psql, as the superuser."""
        psql = [str(self._binaries / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        subprocess.run([*psql, self.address(SUPERUSER, database)], input=script, text=True, check=True)

    def _create(self) -> None:
        password = self._home.with_name(f"{self.name}.password")
        password.write_text(self._passwords[SUPERUSER])
        self._home.mkdir(mode=0o700)
        for path in (self._home, password):
            shutil.chown(path, self._account.user, self._account.group)
        command = [str(self._binaries / "initdb"), f"--pgdata={self._home}", f"--username={SUPERUSER}"]
        options = ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(
            [*command, *options],
            cwd="/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **run_as(self._account),
        )
        password.unlink()
        assert made.returncode == 0, made.stdout + made.stderr
        self._configure()

    def _configure(self) -> None:
        for name, source in (
            ("authority.pem", self._certificates.authority),
            ("node.pem", self._certificates.certificate),
            ("node.key", self._certificates.key),
        ):
            shutil.copyfile(source, self._home / name)
            shutil.chown(self._home / name, self._account.user, self._account.group)
            (self._home / name).chmod(0o600)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "ssl": "on",
            "ssl_cert_file": "node.pem",
            "ssl_key_file": "node.key",
            "shared_preload_libraries": "citus",
            "max_connections": "100",
            "max_prepared_transactions": "200",
            "wal_level": "logical",
            "citus.node_conninfo": "sslmode=verify-full sslrootcert=authority.pem",
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "log_line_prefix": "%m [%p] %q%u@%d ",
        }
        with (self._home / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        (self._home / "pg_hba.conf").write_text(_HBA.format(superuser=SUPERUSER, owner=OWNER_ROLE, server=SERVER_ROLE))

    def _ready(self, pid: int) -> bool:
        try:
            lines = (self._home / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:8]] == ["ready"]


class Citus:
    """A coordinator and two workers."""

    def __init__(self, binaries: Path) -> None:
        # Where another account can reach: PostgreSQL does not run as root.
        self._home = Path(tempfile.mkdtemp(prefix="citus-"))
        self._home.chmod(0o711)
        self._binaries = binaries
        self._passwords = {role: secrets.token_urlsafe(16) for role in _SIGNING_IN}
        self.coordinator, *self.workers = map(self._node, ("coordinator", "first", "second"))

    @property
    def nodes(self) -> Sequence[Node]:
        """All of them."""
        return [self.coordinator, *self.workers]

    def start(self) -> None:
        """Start every node, and make one cluster of them."""
        for node in self.nodes:
            node.start()
        self.prepare(DATABASE)

    def prepare(self, database: str) -> None:
        """Make a database on every node, join them, and do what an administrator does."""
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
        # Roles of its stores are still there, and Citus knew them in that database alone.
        self.coordinator.run_script(citus_script(DATABASE))

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        roles = {"database_url": SERVER_ROLE, "owner_database_url": OWNER_ROLE}
        return {setting: self.coordinator.address(role, database) for setting, role in roles.items()}

    def superuser(self, database: str = DATABASE) -> str:
        return self.coordinator.address(SUPERUSER, database)

    def holding(self, schema: str) -> str:
        return self.home(schema).address(SUPERUSER)

    def home(self, schema: str) -> Node:
        """The node that a store is on, as Citus tells it."""
        ports = self.coordinator.run(
            "SELECT DISTINCT nodeport FROM citus_shards WHERE table_name::text LIKE %s", (f"{schema}.%",)
        )
        assert len(ports) == 1, ports
        return next(node for node in self.nodes if node.port == ports[0][0])

    def dump(self) -> bytes:
        return dumped(self._binaries, self.superuser())

    def lying(self) -> dict[str, list[Path]]:
        homes = [self._home / node.name for node in self.nodes]
        data, log = ([home / name for home in homes] for name in ("base", "pg_wal"))
        return {"data": data, "write-ahead log": log, "logs": [self._home / "logs"]}

    def add_worker(self) -> Node:
        """A third worker, as an administrator adds one to a cluster that is used."""
        node = self._node(f"joined-{secrets.token_hex(4)}")
        node.start()
        self._make(DATABASE, node)
        self.coordinator.run("SELECT citus_add_node(%s, %s)", (HOST, node.port))
        self.coordinator.run_script(citus_script(DATABASE))
        self._let_in(OWNER_ROLE, node, DATABASE)
        self.workers.append(node)
        return node

    def remove_worker(self, node: Node) -> None:
        """Take away a worker that has no stores."""
        self.workers.remove(node)
        self.coordinator.run("SELECT citus_remove_node(%s, %s)", (HOST, node.port))
        node.stop()

    def stop(self) -> None:
        """Stop every node and delete it."""
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self._home)

    def _node(self, name: str) -> Node:
        return Node(name, self._home, self._binaries, self._passwords)

    def _make(self, database: str, node: Node) -> None:
        node.run(f"CREATE DATABASE {database}", (), "postgres")
        node.run("CREATE EXTENSION citus", (), database)
        self._let_in(SUPERUSER, node, database)

    def _let_in(self, role: str, node: Node, database: str) -> None:
        """Tell a node how it signs in as a role at the others."""
        statement = "INSERT INTO pg_dist_authinfo (nodeid, rolename, authinfo) VALUES (0, %s, %s)"
        node.run(statement, (role, f"password={self._passwords[role]}"), database)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
