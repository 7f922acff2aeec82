"""Clients with their own addresses, a server of their own, and checks of refusals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager

from menagerie.api.app import Application
from menagerie.settings import Settings
from shop import Shop, basic
from workers import at, elsewhere


@pytest.fixture
def here(shop: Shop) -> Shop:
    return at(shop, elsewhere(shop.client))


@asynccontextmanager
async def own_server(settings: Settings) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    """A server for one test, and a client of it."""
    application = Application(settings)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as client:
            yield application, client


def user(shop: Shop, customer: str = "ada@example.com") -> dict[str, str]:
    return {"Authorization": basic(f"{shop.slug}/{customer}")}


def owner(shop: Shop) -> dict[str, str]:
    return {"Authorization": basic(f"{shop.slug}/{shop.merchant}")}


def refusal(response: httpx.Response, status: int, code: str | None = None) -> str:
    """Check a refusal and return its message."""
    assert response.status_code == status, (response.status_code, response.text)
    (error,) = response.json()["errors"]
    if code is not None:
        assert error["extensions"]["code"] == code
    assert error["message"].endswith((".", "?"))
    return str(error["message"])


def only_error(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code in {200, 400}, response.text
    (error,) = response.json()["errors"]
    return dict(error)


@pytest.fixture
async def pets(counted: Shop) -> list[str]:
    """Four pets in the store whose queries are counted; its customer is known already."""
    pets = await counted.list_pets(4)
    await counted.storefront("{ me { name } }")
    return pets
