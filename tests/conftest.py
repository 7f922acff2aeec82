"""Real servers: PostgreSQL and Valkey once per run, and new stores for each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import randrange
from typing import Any

import httpx
import psycopg
import pytest
from asgi_lifespan import LifespanManager
from pydantic import SecretStr

from citus import Citus, programs
from menagerie import overdue_versions
from menagerie.api import app, entrance
from menagerie.api.app import Application
from menagerie.database import session
from menagerie.database.migrate import migrate
from menagerie.local import valkey
from menagerie.local.installation import DATABASE, Installation
from menagerie.runtime import Runtime, runtime
from menagerie.secrets import passwords
from menagerie.settings import Settings
from other_servers import OtherPostgres, named
from plain_postgres import DatabaseServer, Plain
from shop import Shop, open_shop
from wire import Wire, relayed

PATIENCE_SECONDS = 30.0
NEVER_SECONDS = 1e6


@pytest.fixture(scope="session", autouse=True)
def real_argon2() -> Iterator[Any]:
    """Argon2 at the product's cost, for tests about that cost; all others get the lowest that argon2 accepts.

    A test computes four or five hashes, which would take a fifth of a second. Servers in their own processes still hash
    at the product's cost, and verify each hash at the cost it was made with.
    """
    real = passwords._argon2id
    passwords._argon2id = real.using(memory_cost=8, rounds=1)
    yield real
    passwords._argon2id = real


@pytest.fixture
def real_hashes(real_argon2: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash at the product's cost."""
    monkeypatch.setattr(passwords, "_argon2id", real_argon2)
    passwords._decoy.cache_clear()
    yield
    passwords._decoy.cache_clear()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("installation") / "home", durable=False)
    with pytest.MonkeyPatch.context() as patch:
        if redis := named("MENAGERIE_TEST_REDIS"):
            patch.setattr(valkey, "valkey_binary", lambda: redis)
        made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def citus() -> Iterator[Citus | None]:
    """The cluster that replaces a plain PostgreSQL where MENAGERIE_CITUS is set."""
    binaries = programs()
    if binaries is None:
        yield None
        return
    made = Citus(binaries)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def database_server(installation: Installation, citus: Citus | None) -> Iterator[DatabaseServer]:
    """The PostgreSQL or cluster that holds the stores."""
    if citus is not None:
        yield citus
    elif binaries := named("MENAGERIE_TEST_POSTGRES"):
        other = OtherPostgres(binaries)
        try:
            other.start()
            yield other
        finally:
            other.stop()
    else:
        plain = Plain(installation)
        plain.prepare(DATABASE)
        yield plain


@pytest.fixture(scope="session")
def settings(installation: Installation, database_server: DatabaseServer) -> Settings:
    web = Path(__file__).parents[1] / "web" / "dist"
    made = installation.settings(web_directory=web, demo=False, **database_server.settings())
    assert made.owner_database_url
    migrate(made.owner_database_url.get_secret_value())
    return made


@pytest.fixture(scope="session")
async def platform(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime beside the server's, like another process's."""
    async with runtime(settings) as opened:
        yield opened


class AddressedTransport(httpx.ASGITransport):
    """Sends from another address in each test, because failed attempts are counted per address."""

    address = "10.0.0.0"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.client = (self.address, 50_000)
        return await super().handle_async_request(request)


@pytest.fixture(autouse=True)
def _another_address() -> None:
    AddressedTransport.address = f"10.{randrange(256)}.{randrange(256)}.{randrange(256)}"


@pytest.fixture(scope="session")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    application = Application(settings)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = AddressedTransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as made:
            yield made


@pytest.fixture
async def shop(platform: Runtime, client: httpx.AsyncClient) -> Shop:
    return await open_shop(platform, client, "alpha")


@pytest.fixture
async def other(platform: Runtime, client: httpx.AsyncClient) -> Shop:
    """A second store, because every entry point is tested with two."""
    return await open_shop(platform, client, "beta")


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Longer waits, so that a slow machine doesn't cause refusals, except where a test is about them."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (app, session):
            patch.setattr(module, "MAX_WAIT_SECONDS", PATIENCE_SECONDS)
        patch.setattr(entrance, "INTERVAL_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.fixture(scope="session", autouse=True)
def nobody_looks_for_overdue_versions() -> Iterator[None]:
    """Its statements would be counted; and in tests/cache, only those with the same Valkey may replace versions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overdue_versions, "POLL_SECONDS", NEVER_SECONDS)
        yield


@pytest.fixture(scope="session")
async def queries(settings: Settings, citus: Citus | None) -> AsyncIterator[Wire]:
    """The wire between the server of `counted` and PostgreSQL: `with queries.counting() as count: …`."""
    if citus is not None:
        pytest.skip("Statements are counted on the connection to a single PostgreSQL; here each node has its own.")
    async with relayed(settings.database_url.get_secret_value()) as wire:
        yield wire


@pytest.fixture(scope="session")
async def counted_client(settings: Settings, queries: Wire) -> AsyncIterator[httpx.AsyncClient]:
    assert settings.owner_database_url
    addresses = {
        name: SecretStr(queries.address(getattr(settings, name).get_secret_value()))
        for name in ("database_url", "owner_database_url")
    }
    application = Application(settings.model_copy(update=addresses))
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as made:
            yield made


@pytest.fixture
async def counted(platform: Runtime, counted_client: httpx.AsyncClient) -> Shop:
    """A new store whose requests go over the wire that `queries` counts on."""
    return await open_shop(platform, counted_client, "counted")


@pytest.fixture
def administer(database_server: DatabaseServer) -> Callable[[str], None]:
    """Run a statement as the superuser, which no role of the platform could."""

    def run(statement: str) -> None:
        with psycopg.connect(database_server.superuser(), autocommit=True) as connection:
            connection.execute(statement.encode())

    return run
