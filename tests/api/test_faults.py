"""Callers get a fault's reference, under which the log has the details."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import psycopg
import pytest
import structlog
from asgi_lifespan import LifespanManager
from psycopg import sql
from pydantic import SecretStr

from api.conftest import only_error, owner, refusal, user
from menagerie.api.app import Application
from menagerie.settings import Settings
from plain_postgres import DatabaseServer
from shop import Shop
from workers import stock


@pytest.fixture
async def broken(here: Shop, administer: Callable[[str], None]) -> AsyncIterator[Shop]:
    """A store that lost a column, as after a failed migration."""
    await stock(here, ["Luna"])
    administer(f'ALTER TABLE "{here.store.schema}".pet RENAME COLUMN name TO secret_column')
    yield here
    administer(f'ALTER TABLE "{here.store.schema}".pet RENAME COLUMN secret_column TO name')


@pytest.mark.parametrize("query", ["{ pets { nodes { name } } }", "{ cart { pets { name } } me { email } }"])
async def test_a_fault_is_answered_by_reference_and_logged_in_full(broken: Shop, query: str) -> None:
    with structlog.testing.capture_logs() as logs:
        response = await broken.client.post("/graphql/storefront", json={"query": query}, headers=user(broken))
    assert response.status_code == 200
    (error,) = response.json()["errors"]
    reference = error["extensions"]["reference"]
    assert error["extensions"] == {"code": "INTERNAL", "reference": reference}
    assert error["message"] == f"Something went wrong on our side. Quote reference {reference} if you ask about it."
    for leak in ("secret_column", "pet.name", "psycopg", "Traceback", broken.store.schema):
        assert leak not in response.text
    (fault,) = [entry for entry in logs if entry["event"] == "fault"]
    assert fault["reference"] == reference
    assert isinstance(fault["exc_info"][1], psycopg.errors.UndefinedColumn)


async def test_a_fault_is_not_cached(here: Shop, broken: Shop) -> None:
    references = set()
    for _ in range(2):
        response = await broken.client.post(
            "/graphql/storefront", json={"query": "{ pets { nodes { name } } }"}, headers=user(broken)
        )
        references.add(response.json()["errors"][0]["extensions"]["reference"])
    assert len(references) == 2


async def test_a_fault_outside_graphql_has_a_reference_too(here: Shop, administer: Callable[[str], None]) -> None:
    address = (await here.list_pet())["picture"]["url"]
    administer(f'ALTER TABLE "{here.store.schema}".picture_rendition RENAME COLUMN content TO gone')
    with structlog.testing.capture_logs() as logs:
        response = await here.client.get(address)
    assert response.status_code == 500
    reference = response.json()["errors"][0]["extensions"]["reference"]
    assert [entry["reference"] for entry in logs if entry["event"] == "fault"] == [reference]
    assert "gone" not in response.text


async def test_a_lost_connection_is_reported_as_temporary_and_loses_nothing(
    here: Shop, other: Shop, database_server: DatabaseServer
) -> None:
    (luna,) = await stock(here, ["Luna"])
    (kermit,) = await stock(other, ["Kermit"])
    superuser = database_server.superuser_for(here.store.schema)
    with psycopg.connect(superuser) as holder:
        holder.execute(sql.SQL("SELECT 1 FROM {} FOR UPDATE").format(sql.Identifier(here.store.schema, "pet")))
        query = 'mutation($id: ID!) { purchasePet(petId: $id, idempotencyKey: "once") { __typename } }'
        body = {"query": query, "variables": {"id": luna}}
        buying = asyncio.create_task(here.client.post("/graphql/storefront", json=body, headers=user(here)))
        # The first failure is retried, because nothing was done yet.
        for _ in range(2):
            await _end_waiting_connections(superuser, holder.info.backend_pid)
        response = await buying
        assert only_error(response) == {
            "message": "The store is temporarily unavailable. Please try again.",
            "path": ["purchasePet"],
            "locations": [{"line": 1, "column": 22}],
            "extensions": {"code": "UNAVAILABLE"},
        }
        assert (await other.buy(kermit))["__typename"] == "Purchase"
    again = await here.client.post("/graphql/storefront", json=body, headers=user(here))
    assert again.json() == {"data": {"purchasePet": {"__typename": "Purchase"}}}


async def _end_waiting_connections(superuser: str, blocker: int) -> None:
    async with asyncio.timeout(10):
        while True:
            with psycopg.connect(superuser, autocommit=True) as connection:
                ended = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))",
                    (blocker,),
                ).fetchall()
            if ended:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("path", ["/graphql/storefront", "/graphql/merchant"])
async def test_without_a_database_the_answer_is_to_try_again(here: Shop, settings: Settings, path: str) -> None:
    nowhere = "postgresql://menagerie_server@127.0.0.1:1/menagerie?connect_timeout=1"
    application = Application(settings.model_copy(update={"database_url": SecretStr(nowhere)}))
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as client:
            headers = owner(here) if path.endswith("merchant") else user(here)
            response = await client.post(path, json={"query": "{ store { name } }"}, headers=headers)
    assert refusal(response, 503, "UNAVAILABLE") == "The store is temporarily unavailable. Please try again."
    assert response.headers["Retry-After"] == "2"


async def test_a_store_beside_a_broken_one_keeps_working(broken: Shop, other: Shop) -> None:
    await stock(other, ["Kermit"])
    assert await other.shelf_names() == ["Kermit"]
