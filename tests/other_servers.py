"""Servers of other versions instead of the embedded ones, such as the oldest supported.

MENAGERIE_TEST_POSTGRES names a directory of PostgreSQL programs, MENAGERIE_TEST_REDIS a Redis or Valkey program.
"""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from psycopg import sql

from menagerie.database.bootstrap import bootstrap
from menagerie.database.privileges import OWNER_ROLE, SERVER_ROLE
from menagerie.local.installation import DATABASE
from plain_postgres import run_pg_dump
from postgres_node import SIGNING_IN, SUPERUSER, Node


def named(variable: str) -> Path | None:
    """The path in an environment variable, if set; it must exist."""
    value = os.environ.get(variable)
    if not value:
        return None
    assert Path(value).exists(), f"{variable} names {value}, which doesn't exist."
    return Path(value)


class OtherPostgres:
    """A single PostgreSQL server of another version, over verified TLS."""

    def __init__(self, binaries: Path) -> None:
        # Not in pytest's private directory, because PostgreSQL runs under another account than root.
        self._home = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._home.chmod(0o711)
        self._binaries = binaries
        self._passwords = {role: secrets.token_urlsafe(16) for role in SIGNING_IN}
        self._node = Node("other", self._home, binaries, self._passwords, {})

    def start(self) -> None:
        self._node.start()
        self.prepare(DATABASE)

    def stop(self) -> None:
        self._node.stop()
        shutil.rmtree(self._home)

    def prepare(self, database: str) -> None:
        bootstrap(self._node.address(SUPERUSER, "postgres"), database)
        for role in (OWNER_ROLE, SERVER_ROLE):
            password = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), self._passwords[role])
            self._node.run(password, (), database)

    def drop(self, database: str) -> None:
        self._node.run(f"DROP DATABASE {database} WITH (FORCE)", (), "postgres")

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        roles = {"database_url": SERVER_ROLE, "owner_database_url": OWNER_ROLE}
        return {setting: self._node.address(role, database) for setting, role in roles.items()}

    def superuser(self, database: str = DATABASE) -> str:
        return self._node.address(SUPERUSER, database)

    def superuser_for(self, schema: str) -> str:
        return self.superuser()

    def dump(self) -> bytes:
        return run_pg_dump(self._binaries, self.superuser())

    def data_directories(self) -> dict[str, list[Path]]:
        data = self._home / "other"
        return {"data": [data / "base"], "write-ahead log": [data / "pg_wal"], "logs": [self._home / "logs"]}
