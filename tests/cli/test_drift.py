"""Whatever is changed by hand in a store's schema is named, and nothing else."""

import asyncio

import psycopg
import pytest
from psycopg import sql

from menagerie.cli.doctor.drift import Difference, check_drift, differences
from menagerie.cli.doctor.findings import State
from menagerie.database.grants import store_grants
from plain_postgres import DatabaseServer
from shop import Shop

IDLE = "TRIGGER idle BEFORE UPDATE ON pet FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"


def owner(shop: Shop) -> str:
    address = shop.runtime.settings.owner_database_url
    assert address
    return address.get_secret_value()


def change(shop: Shop, *statements: str) -> None:
    """Change a store by hand; {schema} and {role} are the store's."""
    with psycopg.connect(owner(shop)) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(shop.store.schema)))
        for statement in statements:
            connection.execute(statement.format(schema=shop.store.schema, role=shop.store.role).encode())


async def found(shop: Shop) -> list[Difference]:
    return [each for each in await asyncio.to_thread(differences, owner(shop)) if each.slug == shop.slug]


async def sentences(shop: Shop) -> list[str]:
    return [str(each) for each in await found(shop)]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("ALTER TABLE picture DROP COLUMN placeholder", "column picture.placeholder is missing (text, not null)"),
        (
            "ALTER TABLE pet ALTER age_years TYPE bigint",
            "column pet.age_years is “bigint, not null”, but should be “integer, not null”",
        ),
        (
            "ALTER TABLE picture ALTER created_at DROP DEFAULT",
            (
                "column picture.created_at is “timestamp with time zone, not null”, but should be "
                "“timestamp with time zone, not null, default now()”"
            ),
        ),
        (
            "ALTER TABLE cart_item ADD COLUMN note text",
            "column cart_item.note does not belong there (text)",
        ),
        (
            "DROP INDEX pet_search_idx",
            "index pet_search_idx is missing (CREATE INDEX pet_search_idx ON pet USING gin (search))",
        ),
        (
            "CREATE INDEX slow ON pet (id, name)",
            "index slow does not belong there (CREATE INDEX slow ON pet USING btree (id, name))",
        ),
        (
            "ALTER TABLE purchase_item DROP CONSTRAINT purchase_item_pet_id_fkey",
            "constraint purchase_item.purchase_item_pet_id_fkey is missing (FOREIGN KEY (pet_id) REFERENCES pet(id))",
        ),
        (
            "REVOKE INSERT ON purchase FROM {role}",
            "grant on purchase to its role is “SELECT”, but should be “INSERT, SELECT”",
        ),
        ("GRANT SELECT ON customer TO PUBLIC", "grant on customer to everybody does not belong there (SELECT)"),
        (
            "GRANT SELECT (email) ON customer TO menagerie_server",
            "grant on customer.email to menagerie_server does not belong there (SELECT)",
        ),
        ("REVOKE USAGE ON SCHEMA {schema} FROM {role}", "grant on the schema to its role is missing (USAGE)"),
        ("DROP TABLE purchase_item", "table purchase_item is missing (owned by menagerie_owner)"),
        (
            "CREATE TABLE notes (id int PRIMARY KEY)",
            "table notes does not belong there (owned by menagerie_owner)",
        ),
        (
            "CREATE VIEW names AS SELECT name FROM pet",
            "view names does not belong there (owned by menagerie_owner)",
        ),
        (
            "ALTER TABLE customer ENABLE ROW LEVEL SECURITY",
            ("table customer is “owned by menagerie_owner, row security”, but should be “owned by menagerie_owner”"),
        ),
        ("CREATE SEQUENCE numbers", "sequence numbers does not belong there (owned by menagerie_owner)"),
        (
            f"CREATE {IDLE}",
            f"trigger pet.idle does not belong there (CREATE {IDLE})",
        ),
        (
            "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "function one() does not belong there (exists)",
        ),
        (
            "REVOKE {role} FROM menagerie_server",
            "role of the store is “may not sign in”, but should be “may not sign in, may be assumed by the server”",
        ),
        (
            "ALTER ROLE {role} LOGIN",
            (
                "role of the store is “may sign in, may be assumed by the server”, but should be "
                "“may not sign in, may be assumed by the server”"
            ),
        ),
    ],
)
async def test_a_change_is_named_only_in_its_store(shop: Shop, other: Shop, statement: str, sentence: str) -> None:
    assert await sentences(shop) == []
    change(shop, statement)
    assert await sentences(shop) == [sentence]
    assert await sentences(other) == []


async def test_an_index_that_was_not_built_to_the_end_is_named(shop: Shop, database_server: DatabaseServer) -> None:
    with psycopg.connect(database_server.superuser_for(shop.store.schema)) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass",
            (f"{shop.store.schema}.pet_sold_idx",),
        )
    (sentence,) = await sentences(shop)
    assert sentence.startswith("index pet_sold_idx is “")
    assert ", invalid”, but should be “" in sentence


async def test_the_doctor_lists_the_first_five_and_counts_the_rest(shop: Shop) -> None:
    change(shop, *(f"CREATE TABLE notes_{number} (id int)" for number in range(7)))
    findings = {each.check: each for each in await asyncio.to_thread(lambda: list(check_drift(shop.runtime.settings)))}
    message = findings[f"schema of {shop.slug}"].message
    assert message.count("does not belong there") == 5
    assert "; and 2 more. Change it back" in message


async def test_granting_again_mends_privileges(shop: Shop) -> None:
    change(shop, "REVOKE ALL ON pet FROM {role}")
    assert [each.name for each in await found(shop)] == ["on pet to its role"]
    with psycopg.connect(owner(shop)) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(shop.store.schema)))
        for grant in store_grants(shop.store.role):
            connection.execute(grant)
    assert await found(shop) == []


async def test_a_store_at_another_revision_is_not_compared(shop: Shop) -> None:
    label = "UPDATE platform.store SET revision = '{}' WHERE slug = '" + shop.slug + "'"
    change(shop, "DROP INDEX pet_search_idx", label.replace("{}", "0000"))
    try:
        assert await found(shop) == []
    finally:
        change(shop, label.replace("{}", shop.store.revision))  # no server is to report it


async def test_two_comparisons_at_once_wait_for_each_other(shop: Shop) -> None:
    assert await asyncio.gather(found(shop), found(shop)) == [[], []]


async def test_a_comparison_that_is_refused_is_a_problem(shop: Shop) -> None:
    """As on a managed server whose owner may not create roles."""
    settings = shop.runtime.settings.model_copy(update={"owner_database_url": shop.runtime.settings.database_url})
    (finding,) = check_drift(settings)
    assert finding.state is State.PROBLEM
    assert finding.message.startswith("They could not be compared: permission denied")


async def test_nothing_is_left_behind(shop: Shop) -> None:
    await found(shop)
    with psycopg.connect(owner(shop)) as connection:
        left = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%MODEL%' "
            "UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE '%MODEL%'"
        ).fetchall()
    assert left == []
