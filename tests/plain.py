"""The plain PostgreSQL of an installation, with what tests ask of whatever keeps the stores."""

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
    """One PostgreSQL server, or several that Citus makes one of."""

    def prepare(self, database: str) -> None:
        """Make a database, and do there what an administrator does; it is not migrated."""
        ...

    def drop(self, database: str) -> None:
        """Delete a database for ever."""
        ...

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        """The settings that name a database of it."""
        ...

    def superuser(self, database: str = DATABASE) -> str:
        """The superuser's address, where tables are changed."""
        ...

    def holding(self, schema: str) -> str:
        """The superuser's address at the server where a store's rows are."""
        ...

    def dump(self) -> bytes:
        """What pg_dump writes of the platform's database, as an administrator's backup would have it."""
        ...

    def lying(self) -> dict[str, list[Path]]:
        """The directories in which it keeps its data, its write-ahead log and its logs."""
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

    def holding(self, _schema: str) -> str:
        return self.superuser()

    def dump(self) -> bytes:
        return dumped(reachable_postgres(VERSION, server_account()), self.superuser())

    def lying(self) -> dict[str, list[Path]]:
        data = self._home / "postgres"
        return {"data": [data / "base"], "write-ahead log": [data / "pg_wal"], "logs": [self._home / "logs"]}


def dumped(binaries: Path, address: str) -> bytes:
    """What the pg_dump among these programs writes, row by row."""
    command = [str(binaries / "pg_dump"), "--inserts", address]
    done = subprocess.run(command, capture_output=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
