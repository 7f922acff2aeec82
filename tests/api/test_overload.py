"""An overloaded server refuses with a sentence, stays alive and recovers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from api.conftest import own_server, refusal, user
from menagerie.api.entrance import MAX_PER_ITERATION, Entrance
from menagerie.api.messages import Request
from menagerie.errors import OverloadedError
from menagerie.settings import Settings
from shop import Shop
from workers import at


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with own_server(settings) as (_, client):
        yield client


async def test_an_overloaded_server_refuses_stays_alive_and_recovers(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = at(shop, client)
    pet = await shop.list_pet()
    assert await here.shelf_names() == ["Luna"]
    buy = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
    operation = {"query": buy, "variables": {"id": pet["id"]}}
    with monkeypatch.context() as patch:
        patch.setattr(Entrance, "enter", refuse)
        for response in (
            await client.post("/graphql/storefront", json=operation, headers=user(shop)),
            await client.get(f"/stores/{shop.slug}"),
            await client.get("/nowhere"),
        ):
            sentence = refusal(response, 503, "OVERLOADED")
            assert sentence == "The store is very busy right now. Please try again in a moment."
            assert response.headers["retry-after"] == "1"
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["x-request-id"]
            assert response.headers["x-content-type-options"] == "nosniff"
        alive = await client.get("/health/live")
        assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
        assert (await client.get("/health/ready")).status_code == 200
    assert await here.shelf_names() == ["Luna"]
    bought = await client.post("/graphql/storefront", json=operation, headers=user(shop))
    assert bought.json() == {"data": {"purchasePet": {"__typename": "Purchase"}}}


async def refuse(_entrance: Entrance, _request: Request) -> None:
    raise OverloadedError


async def test_more_requests_than_may_begin_at_once_are_all_answered(
    shop: Shop, other: Shop, client: httpx.AsyncClient
) -> None:
    here, there = at(shop, client), at(other, client)
    await stock_of(here, there)
    asked = [shop.shelf_names() for shop in (here, there) for _ in range(10 * MAX_PER_ITERATION)]
    answers = await asyncio.gather(*asked)
    assert answers == [["Luna"]] * (10 * MAX_PER_ITERATION) + [["Kermit"]] * (10 * MAX_PER_ITERATION)


async def stock_of(here: Shop, there: Shop) -> None:
    await here.list_pet("Luna")
    await there.list_pet("Kermit")
