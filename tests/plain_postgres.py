"""An installation's plain PostgreSQL, and the interface of every kind of database server in tests."""

import subprocess
from pathlib import Path
from typing import Protocol

import psycopg

from menagerie.database.bootstrap import bootstrap
from menagerie.local.accounts import server_account
from menagerie.local.binaries import reachable_postgres
from menagerie.local.installation import DATABASE, OWNER_ROLE, SERVER_ROLE, Installation
from menagerie.local.postgres import VERSION
from menagerie.local.processes import environment


class DatabaseServer(Protocol):
    """One PostgreSQL server, or a Citus cluster."""

    def prepare(self, database: str) -> None:
        """Create an unmigrated database, set up as an administrator does."""
        ...

    def drop(self, database: str) -> None:
        """Drop a database."""
        ...

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        """The settings that name one of its databases."""
        ...

    def superuser(self, database: str = DATABASE) -> str:
        """The superuser's address for changing tables."""
        ...

    def superuser_for(self, schema: str) -> str:
        """The superuser's address on the server that holds a store's rows."""
        ...

    def dump(self) -> bytes:
        """The pg_dump of the platform's database, as in an administrator's backup."""
        ...

    def data_directories(self) -> dict[str, list[Path]]:
        """The directories of its data, its write-ahead log and its logs."""
        ...


class Plain:
    """A single server."""

    def __init__(self, installation: Installation) -> None:
        self._home = installation.home
        self._postgres = installation.postgres

    def prepare(self, database: str) -> None:
        bootstrap(self._postgres.superuser_address, database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self._postgres.superuser_address, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        roles = {"database_url": SERVER_ROLE, "owner_database_url": OWNER_ROLE}
        return {setting: self._postgres.address(role, database) for setting, role in roles.items()}

    def superuser(self, database: str = DATABASE) -> str:
        return self._postgres.address("postgres", database)

    def superuser_for(self, schema: str) -> str:
        return self.superuser()

    def dump(self) -> bytes:
        return run_pg_dump(reachable_postgres(VERSION, server_account()), self.superuser())

    def data_directories(self) -> dict[str, list[Path]]:
        data = self._home / "postgres"
        return {"data": [data / "base"], "write-ahead log": [data / "pg_wal"], "logs": [self._home / "logs"]}


def run_pg_dump(binaries: Path, address: str) -> bytes:
    """The output of the pg_dump among these programs, row by row."""
    command = [str(binaries / "pg_dump"), "--inserts", address]
    done = subprocess.run(command, capture_output=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
