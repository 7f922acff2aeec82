"""A storage for backups, the operations on it, and separate databases to restore into."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from asgi_lifespan import LifespanManager
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from menagerie.api.app import Application
from menagerie.backups.bundles import Source
from menagerie.backups.claim import claim, installation_id
from menagerie.backups.creation import Created, create
from menagerie.backups.manifest import Manifest, newest_backup
from menagerie.backups.recovery import Recovery, restore_everything
from menagerie.backups.restoration import Restored, RestoreOptions, restore_store
from menagerie.backups.storage import Storage, WritableStorage, open_storage
from menagerie.backups.verification import Verified, verify
from menagerie.database.migrate import migrate
from menagerie.runtime import Runtime, runtime
from menagerie.secrets.envelope import MasterKeys
from menagerie.settings import Settings
from plain_postgres import DatabaseServer


def ignore_progress(*_numbers: int) -> None:
    """Drop the report of progress."""


@dataclass
class Backups:
    """Backups of one installation in one storage."""

    settings: Settings
    storage: Storage
    directory: Path

    @property
    def owner(self) -> str:
        assert self.settings.owner_database_url
        return self.settings.owner_database_url.get_secret_value()

    @property
    def keys(self) -> MasterKeys:
        return MasterKeys(self.settings.master_key_bytes)

    def create(self, *slugs: str) -> Created:
        return create(self.owner, self.claimed(), self.keys, slugs, ignore_progress)

    def claimed(self) -> WritableStorage:
        return claim(self.storage, installation_id(self.owner), self.keys)

    def at(self, directory: Path) -> "Backups":
        """The same installation's backups in another storage."""
        return Backups(self.settings, open_storage(str(directory), self.settings), directory)

    def source(self, name: str | None = None, *slugs: str) -> Source:
        manifest: Manifest = newest_backup(self.storage, self.keys, name=name, slugs=slugs)
        return Source(self.storage, manifest, self.keys)

    def verify(self, name: str | None = None) -> list[Verified]:
        return list(verify(self.source(name), ignore_progress))

    def restore(self, store: str, *, backup_name: str | None = None, **options) -> Restored:
        source = self.source(backup_name, store)
        bundle = source.manifest.store(store)
        assert bundle is not None
        return restore_store(self.owner, source, bundle, RestoreOptions(**options), ignore_progress)

    def recover(self, owner: str, name: str | None = None) -> Recovery:
        recovery = Recovery()
        source = Source(self.storage, newest_backup(self.storage, self.keys, name=name, whole=True), self.keys)
        restore_everything(owner, source, recovery, ignore_progress)
        return recovery

    def bundle(self, slug: str) -> Path:
        return self.directory / "sets" / self.source(None, slug).manifest.name / f"{slug}.bundle"

    def rows(self, query: str, *parameters: object, address: str | None = None) -> list[tuple]:
        with psycopg.connect(address or self.owner) as connection:
            return connection.execute(query.encode(), parameters).fetchall()


def _database(database_server: DatabaseServer, settings: Settings) -> tuple[str, Settings]:
    """A prepared, unmigrated database, and the settings of an installation there."""
    name = f"backups_{uuid4().hex[:8]}"
    database_server.prepare(name)
    return name, settings.model_copy(
        update={n: SecretStr(address) for n, address in database_server.settings(name).items()}
    )


@pytest.fixture(scope="module")
def home(database_server: DatabaseServer, settings: Settings) -> Iterator[Settings]:
    """An installation with few stores, so that a full backup is quick."""
    name, made = _database(database_server, settings)
    assert made.owner_database_url
    migrate(made.owner_database_url.get_secret_value())
    yield made
    database_server.drop(name)


@pytest.fixture(scope="module")
async def platform(home: Settings) -> AsyncIterator[Runtime]:
    async with runtime(home) as opened:
        yield opened


@pytest.fixture(scope="module")
async def client(home: Settings) -> AsyncIterator[httpx.AsyncClient]:
    application = Application(home)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as made:
            yield made


@pytest.fixture
def administer(database_server: DatabaseServer, home: Settings) -> Callable[[str], None]:
    """Runs a statement as the superuser, which no role of the platform could."""
    assert home.owner_database_url
    name = str(conninfo_to_dict(home.owner_database_url.get_secret_value())["dbname"])

    def run(statement: str) -> None:
        with psycopg.connect(database_server.superuser(name), autocommit=True) as connection:
            connection.execute(statement.encode())

    return run


@pytest.fixture
def backups(home: Settings, tmp_path: Path) -> Backups:
    directory = tmp_path / "backups"
    return Backups(home, open_storage(str(directory), home, make=True), directory)


@pytest.fixture
def fresh(database_server: DatabaseServer, settings: Settings) -> Iterator[Callable[[], Settings]]:
    """Creates prepared, unmigrated databases; returns the settings of an installation there."""
    made = list[str]()

    def make() -> Settings:
        name, there = _database(database_server, settings)
        made.append(name)
        return there

    yield make
    for name in made:
        database_server.drop(name)
