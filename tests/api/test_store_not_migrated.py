"""A store that could not be migrated is refused with a sentence, and the others are served."""

from collections.abc import AsyncIterator, Callable

import httpx
import psycopg
import pytest

from api.conftest import owner, refusal, user
from menagerie.settings import Settings
from shop import Shop
from workers import worker

SENTENCE = "This store is being brought up to date. Please come back later."
SIGN_UP = """mutation($store: String!) { signUp(input: {
    store: $store, email: "eve@example.com", name: "Eve", password: "correct horse battery"}) { __typename } }"""


def set_revision(settings: Settings, shop: Shop, revision: str) -> None:
    assert settings.owner_database_url is not None
    with psycopg.connect(settings.owner_database_url.get_secret_value()) as connection:
        connection.execute("UPDATE platform.store SET revision = %s WHERE id = %s", (revision, shop.store.id))


@pytest.fixture
async def server(settings: Settings, shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A server that starts after a migration in which the store failed."""
    set_revision(settings, shop, "0000")
    async with worker(settings) as client:
        yield client
    set_revision(settings, shop, shop.store.revision)


@pytest.mark.parametrize(("path", "headers"), [("storefront", user), ("merchant", owner)])
async def test_the_store_is_refused_and_the_other_is_served(
    server: httpx.AsyncClient, shop: Shop, other: Shop, path: str, headers: Callable[[Shop], dict[str, str]]
) -> None:
    operation = {"query": "{ store { name } }"}
    refused = await server.post(f"/graphql/{path}", json=operation, headers=headers(shop))
    assert refusal(refused, 503, "UNAVAILABLE") == SENTENCE
    assert refused.headers["retry-after"] == "60"
    answered = await server.post(f"/graphql/{path}", json=operation, headers=headers(other))
    assert answered.json() == {"data": {"store": {"name": other.store.name}}}


async def test_nobody_signs_up_there(server: httpx.AsyncClient, shop: Shop, other: Shop) -> None:
    answers = [
        (await server.post("/graphql/signup", json={"query": SIGN_UP, "variables": {"store": each.slug}})).json()
        for each in (shop, other)
    ]
    assert answers[0]["errors"][0]["message"] == SENTENCE
    assert answers[1] == {"data": {"signUp": {"__typename": "Customer"}}}


async def test_its_pictures_are_refused(settings: Settings, shop: Shop, other: Shop) -> None:
    addresses = [(await each.list_pet())["picture"]["url"] for each in (shop, other)]
    set_revision(settings, shop, "0000")
    async with worker(settings) as server:
        answers = [await server.get(address) for address in addresses]
    set_revision(settings, shop, shop.store.revision)
    assert refusal(answers[0], 503, "UNAVAILABLE") == SENTENCE
    assert answers[1].status_code == 200


async def test_the_server_is_ready_and_names_it(server: httpx.AsyncClient, shop: Shop) -> None:
    answer = await server.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "ok", "cache": "ok", "not_migrated": [shop.slug]}


async def test_its_page_still_shows_the_stores_name(server: httpx.AsyncClient, shop: Shop) -> None:
    page = await server.get(f"/stores/{shop.slug}")
    assert page.status_code == 200
    assert shop.store.name in page.text
