"""Faults of ours are masked by a reference that the log has, together with what happened."""

from collections.abc import AsyncIterator

import psycopg
import pytest
import structlog

from api.conftest import user
from menagerie.local.installation import Installation
from shop import Shop
from workers import stock


@pytest.fixture
async def broken(here: Shop, installation: Installation) -> AsyncIterator[Shop]:
    """A store that lost a column, as after a migration gone wrong."""
    await stock(here, ["Luna"])
    schema = here.store.schema

    def alter(statement: str) -> None:
        address = installation.postgres.superuser_address
        with psycopg.connect(address, dbname="menagerie", autocommit=True) as connection:
            connection.execute(f'ALTER TABLE "{schema}".{statement}')

    alter("pet RENAME COLUMN name TO secret_column")
    yield here
    alter("pet RENAME COLUMN secret_column TO name")


@pytest.mark.parametrize("query", ["{ pets { nodes { name } } }", "{ cart { pets { name } } me { email } }"])
async def test_a_fault_is_told_by_reference_and_logged_in_full(broken: Shop, query: str) -> None:
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


async def test_a_fault_is_not_kept(here: Shop, broken: Shop) -> None:
    references = set()
    for _ in range(2):
        response = await broken.client.post(
            "/graphql/storefront", json={"query": "{ pets { nodes { name } } }"}, headers=user(broken)
        )
        references.add(response.json()["errors"][0]["extensions"]["reference"])
    assert len(references) == 2


async def test_a_fault_outside_of_graphql_has_a_reference_too(here: Shop, installation: Installation) -> None:
    address = (await here.list_pet())["picture"]["url"]
    superuser = installation.postgres.superuser_address
    with psycopg.connect(superuser, dbname="menagerie", autocommit=True) as connection:
        connection.execute(f'ALTER TABLE "{here.store.schema}".picture_rendition RENAME COLUMN content TO gone')
    with structlog.testing.capture_logs() as logs:
        response = await here.client.get(address)
    assert response.status_code == 500
    reference = response.json()["errors"][0]["extensions"]["reference"]
    assert [entry["reference"] for entry in logs if entry["event"] == "fault"] == [reference]
    assert "gone" not in response.text


async def test_the_store_beside_a_broken_one_goes_on(broken: Shop, other: Shop) -> None:
    await stock(other, ["Kermit"])
    assert await other.shelf_names() == ["Kermit"]
