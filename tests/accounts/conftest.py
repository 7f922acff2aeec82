"""Two workers. Each test comes from its own address, because failures are counted per address."""

from collections.abc import AsyncIterator

import httpx
import pytest

from menagerie.settings import Settings
from shop import Shop
from workers import at, elsewhere, worker


@pytest.fixture(scope="session")
async def second_worker(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with worker(settings) as client:
        yield client


@pytest.fixture
def here(shop: Shop) -> Shop:
    return at(shop, elsewhere(shop.client))


@pytest.fixture
def there(shop: Shop, second_worker: httpx.AsyncClient) -> Shop:
    """The same store at another worker."""
    return at(shop, elsewhere(second_worker))
