"""Two workers that share a Valkey of their own, which a test can stop without affecting the others."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from cache.shelf_queries import in_worker
from menagerie import overdue_versions
from menagerie.local.valkey import EmbeddedValkey
from menagerie.runtime import runtime
from menagerie.settings import Settings
from shop import Shop, open_shop
from workers import at, process, worker


@dataclass
class Pair:
    """One store at two workers, and their Valkey. The shop's runtime acts as a third process."""

    first: Shop
    second: Shop
    valkey: EmbeddedValkey
    settings: Settings

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[Redis]:
        async with Redis.from_url(self.valkey.address) as client:
            yield client


@pytest.fixture(scope="session")
def valkey() -> Iterator[EmbeddedValkey]:
    home = Path(tempfile.mkdtemp(prefix="m-"))
    server = EmbeddedValkey(home / "home")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def own_settings(settings: Settings, valkey: EmbeddedValkey) -> Settings:
    return settings.model_copy(update={"redis_url": SecretStr(valkey.address)})


@contextmanager
def looking_for_overdue_versions(every: float = 1.0) -> Iterator[None]:
    """Let what is started meanwhile look for overdue versions, every second as servers do, or more often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overdue_versions, "POLL_SECONDS", every)
        yield


@pytest.fixture(scope="session")
async def workers(own_settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    # Often, so that they soon use their caches again when a test has restarted Valkey.
    async with two_workers(own_settings, every=0.1) as made:
        yield made


@asynccontextmanager
async def two_workers(
    own_settings: Settings, every: float = 1.0
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with AsyncExitStack() as stack:
        with looking_for_overdue_versions(every):
            started = [await stack.enter_async_context(worker(own_settings)) for _ in range(2)]
        yield started[0], started[1]


@pytest.fixture
async def pair(
    own_settings: Settings, valkey: EmbeddedValkey, workers: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> AsyncIterator[Pair]:
    valkey.start()
    async with runtime(own_settings) as own:
        shop = await open_shop(own, workers[0], "cached")
        yield Pair(shop, at(shop, workers[1]), valkey, own_settings)
    valkey.start()


@pytest.fixture
async def both(pair: Pair) -> tuple[Shop, Shop]:
    """The store at both workers, once both use Valkey again after an earlier test."""
    shops = in_worker(pair.first), in_worker(pair.second)
    while any(process(shop).cache.unreachable for shop in shops):  # noqa: ASYNC110  only time brings it back
        await asyncio.sleep(0.05)
    return shops
