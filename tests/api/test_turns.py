"""A process runs few operations at once: a slow store leaves turns to others, and a full queue refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from api.conftest import own_server, refusal, user
from database.transactions import Count
from menagerie.api.app import Application
from menagerie.database.session import WriteSession
from menagerie.fair_queue import FairQueue
from menagerie.settings import Settings
from shop import Shop
from workers import at

BUY = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
CART = "{ cart { availableCount } me { name } }"
AT_ONCE = 8


Server = tuple[Application, httpx.AsyncClient]


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with own_server(settings.model_copy(update={"concurrent_operations": AT_ONCE})) as made:
        yield made


@pytest.fixture
def application(server: Server) -> Application:
    return server[0]


@pytest.fixture
def client(server: Server) -> httpx.AsyncClient:
    return server[1]


def turns_of(application: Application) -> FairQueue:
    assert application.turns is not None
    return application.turns


async def test_many_buyers_of_one_pet_do_not_delay_another_store(
    shop: Shop, other: Shop, application: Application, client: httpx.AsyncClient
) -> None:
    here, there, turns = at(shop, client), at(other, client), turns_of(application)
    pet = (await shop.list_pet())["id"]
    await there.storefront(CART)
    locked, done = asyncio.Event(), asyncio.Event()

    async def lock(session: WriteSession) -> None:
        await session.fetch(Count, "SELECT 1::bigint AS count FROM pet WHERE id = %s FOR UPDATE", (pet,))
        locked.set()
        await done.wait()

    locking = asyncio.create_task(shop.runtime.database.write(shop.store, lock))
    await locked.wait()
    buyers = [asyncio.create_task(here.buy(pet, "ada@example.com")) for _ in range(4 * AT_ONCE)]
    for _ in range(500):
        if turns._waiters > 3 * AT_ONCE:
            break
        await asyncio.sleep(0.01)
    assert turns._lines[shop.slug].turns == turns.limit_per_store == AT_ONCE * 3 // 4
    begun = asyncio.get_running_loop().time()
    await asyncio.gather(*(there.storefront(CART) for _ in range(2 * AT_ONCE)))
    assert asyncio.get_running_loop().time() - begun < 1
    assert not any(buyer.done() for buyer in buyers)
    done.set()
    await locking
    answers = [(await buyer)["__typename"] for buyer in buyers]
    assert answers.count("Purchase") == 1
    assert not turns._lines


async def test_an_operation_that_would_wait_too_long_is_refused_while_another_store_is_served(
    shop: Shop, other: Shop, application: Application, client: httpx.AsyncClient
) -> None:
    here, there, turns = at(shop, client), at(other, client), turns_of(application)
    pet = (await shop.list_pet())["id"]
    await here.storefront(CART)
    taken = [turns.turn(shop.slug) for _ in range(turns.limit_per_store)]
    for turn in taken:
        await turn.__aenter__()
    seconds, turns.seconds = turns.seconds, 1_000.0  # as if each took this long
    response = await here.post("storefront", BUY, f"{shop.slug}/ada@example.com", id=pet)
    refusal(response, 503, "OVERLOADED")
    assert response.headers["retry-after"] == "1"
    assert (await there.storefront(CART))["cart"] == {"availableCount": 0}
    turns.seconds = seconds
    for turn in taken:
        await turn.__aexit__(None, None, None)
    assert (await here.buy(pet))["__typename"] == "Purchase"


async def test_a_slow_sender_holds_no_turn(shop: Shop, application: Application, client: httpx.AsyncClient) -> None:
    turns, begun, goes_on = turns_of(application), asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"query": '
        begun.set()
        await goes_on.wait()
        yield b'"{ __typename }"}'

    headers = {"content-type": "application/json", **user(shop)}
    sending = asyncio.create_task(client.post("/graphql/storefront", content=slowly(), headers=headers))
    await begun.wait()  # the server is now reading the body
    assert not turns._lines
    goes_on.set()
    assert (await sending).json() == {"data": {"__typename": "Query"}}


async def test_an_operation_that_would_wait_too_long_for_the_database_is_refused_as_a_whole(
    shop: Shop, application: Application, client: httpx.AsyncClient
) -> None:
    here = at(shop, client)
    pet = await shop.list_pet()
    queries = [(BUY, {"id": pet["id"]}), ("{ me { name } cart { availableCount } }", {}), ("{ me { name } }", {})]
    assert (await here.cart())["pets"] == []
    assert application._runtime is not None
    turns = application._runtime.database.turns
    async with AsyncExitStack() as taken:
        for _ in range(turns.limit_per_store):
            await taken.enter_async_context(turns.turn(shop.store.id))
        turns.seconds *= 1_000_000  # as if each took this long
        for query, variables in queries:
            response = await here.post("storefront", query, f"{shop.slug}/ada@example.com", **variables)
            refusal(response, 503, "OVERLOADED")
            assert response.headers["retry-after"] == "1"
        turns.seconds = 0.001
    assert (await here.buy(pet["id"]))["__typename"] == "Purchase"
