"""A separate database with stores at the newest revision, and lineages to which a test adds the next one."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from menagerie.database import lineages
from menagerie.database.lineages import head
from menagerie.database.migrate import migrate
from menagerie.database.session import scope
from menagerie.stores.models import role_name, schema_name
from menagerie.stores.provision import making_statements
from plain_postgres import DatabaseServer


def _forget() -> None:
    for cached in (lineages.scripts, lineages.head, lineages.statements):
        cached.cache_clear()


class Lineage:
    """The migrations, in a directory where revisions can be added and removed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, *statements: str, lineage: lineages.Lineage = "stores") -> None:
        """Add the next revision, with these statements."""
        last = head(lineage)
        following = f"{int(last) + 1:04}"
        lines = "\n".join(f"    op.execute({statement!r})" for statement in statements)
        (self.root / lineage / "versions" / f"{following}_added.py").write_text(
            f'from alembic import op\n\nrevision = "{following}"\ndown_revision = "{last}"\n\n'
            f"def upgrade() -> None:\n{lines}\n"
        )
        _forget()

    def go_back_to_older_code(self) -> None:
        """Remove the added revisions, as if the code were older."""
        for path in self.root.glob("*/versions/*_added.py"):
            path.unlink()
        _forget()


@pytest.fixture
def lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lineage]:
    source = next(place for place in lineages._DIRECTORIES if place.is_dir())
    root = tmp_path / "alembic"
    shutil.copytree(source, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(lineages, "_DIRECTORIES", (root,))
    _forget()
    yield Lineage(root)
    monkeypatch.undo()
    _forget()


@dataclass
class Many:
    address: str
    schemas: list[str] = field(default_factory=list)

    def rows(self, query: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.address) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def do(self, statement: str) -> None:
        with psycopg.connect(self.address) as connection:
            connection.execute(statement.encode())

    @property
    def revisions(self) -> dict[str, str]:
        return dict(self.rows("SELECT slug, revision FROM platform.store"))

    def with_column(self, column: str) -> set[str]:
        """The schemas whose pets have the column."""
        query = "SELECT table_schema FROM information_schema.columns WHERE table_name = 'pet' AND column_name = %s"
        return {schema for (schema,) in self.rows(query, column)}


@pytest.fixture
def make_stores(database_server: DatabaseServer, lineage: Lineage) -> Iterator[Callable[[int], Many]]:
    """Creates a migrated database with some stores, all at the newest revision."""
    name = f"many_{uuid4().hex[:8]}"
    database_server.prepare(name)
    address = database_server.settings(name)["owner_database_url"]
    migrate(address)
    made = Many(address)

    def make(count: int) -> Many:
        with psycopg.connect(address) as connection:
            for number in range(count):
                slug, store_id = f"store-{number:03}-{uuid4().hex[:6]}", uuid7()
                for statement in making_statements(slug, store_id):
                    connection.execute(statement)
                connection.execute(
                    """INSERT INTO platform.store
                    (id, slug, name, description, time_zone, schema_name, role_name, revision)
                    VALUES (%s, %s, 'A store', '', 'UTC', %s, %s, %s)""",
                    (store_id, slug, schema_name(slug), role_name(slug, store_id), head("stores")),
                )
                made.schemas.append(schema_name(slug))
            for statement in scope(None, "platform"):
                connection.execute(statement)
        return made

    yield make
    roles = made.rows("SELECT role_name FROM platform.store")
    database_server.drop(name)
    with psycopg.connect(database_server.superuser(), autocommit=True) as server:
        for (role,) in roles:
            server.execute(f"DROP ROLE {role}".encode())
