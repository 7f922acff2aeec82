"""Real servers for every test: PostgreSQL and Valkey once per run, stores of its own for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager

from menagerie.api.app import Application
from menagerie.database.bootstrap import bootstrap
from menagerie.database.migrate import migrate
from menagerie.local.installation import Installation
from menagerie.runtime import Runtime, runtime
from menagerie.settings import Settings
from shop import Shop, open_shop


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("installation") / "home", durable=False)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def settings(installation: Installation) -> Settings:
    bootstrap(installation.superuser_address, "menagerie")
    made = installation.settings(web_directory=Path(__file__).parents[1] / "web" / "dist", demo=False)
    assert made.owner_database_url
    migrate(made.owner_database_url.get_secret_value())
    return made


@pytest.fixture(scope="session")
async def platform(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime beside the server's, as another process would have."""
    async with runtime(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    application = Application(settings)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as made:
            yield made


@pytest.fixture
async def shop(platform: Runtime, client: httpx.AsyncClient) -> Shop:
    return await open_shop(platform, client, "alpha")


@pytest.fixture
async def other(platform: Runtime, client: httpx.AsyncClient) -> Shop:
    """A second store: every entry point is tested with two."""
    return await open_shop(platform, client, "beta")
