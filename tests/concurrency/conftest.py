"""Two workers over the same servers, which must respect each other's changes."""

from collections.abc import AsyncIterator

import httpx
import pytest

from menagerie.settings import Settings
from shop import Shop
from workers import at, totals, worker


@pytest.fixture(scope="session")
async def first_worker(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with worker(settings) as client:
        yield client


@pytest.fixture(scope="session")
async def second_worker(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with worker(settings) as client:
        yield client


@pytest.fixture
async def shops(
    shop: Shop, first_worker: httpx.AsyncClient, second_worker: httpx.AsyncClient
) -> AsyncIterator[list[Shop]]:
    """One store at two workers. Its books must balance after every test."""
    yield [at(shop, first_worker), at(shop, second_worker)]
    (await totals(shop)).balance()
