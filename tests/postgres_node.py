"""A PostgreSQL server for tests, of whichever version is available."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from menagerie.database.privileges import OWNER_ROLE, SERVER_ROLE
from menagerie.local.accounts import server_account
from menagerie.local.certificates import ensure_certificates
from menagerie.local.installation import DATABASE
from menagerie.local.processes import ServerLog, ServerProcess, environment, run_as

SUPERUSER = "postgres"
HOST = "localhost"
SIGNING_IN = (SUPERUSER, OWNER_ROLE, SERVER_ROLE)
_HBA = """
hostssl all {superuser} 127.0.0.1/32 scram-sha-256
hostssl all {owner},{server} 127.0.0.1/32 scram-sha-256
host all all all reject
local all all reject
"""


class Node:
    """One PostgreSQL server, from the programs in a directory, with verified TLS."""

    def __init__(
        self, name: str, home: Path, binaries: Path, passwords: dict[str, str], settings: Mapping[str, str]
    ) -> None:
        self.name = name
        self.port = _free_port()
        self._home = home / name
        self._certificates = ensure_certificates(home / "certificates")
        self._binaries = binaries
        self._passwords = passwords
        self._settings = settings
        self._account = server_account()
        self._server = ServerProcess(f"PostgreSQL {name}", self._home, ServerLog(home / "logs" / f"{name}.log"))

    def address(self, role: str, database: str = DATABASE) -> str:
        """The node's address for a role."""
        query = urlencode({"sslmode": "verify-full", "sslrootcert": str(self._certificates.authority)})
        return f"postgresql://{role}:{self._passwords[role]}@{HOST}:{self.port}/{database}?{query}"

    def start(self) -> None:
        """Start the node, after creating it the first time."""
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
        """Run a statement as the superuser and return its rows."""
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
            "max_connections": "100",
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            **self._settings,
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


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
