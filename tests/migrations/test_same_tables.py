"""Migrations create exactly the tables that the code describes, and provisioning creates the same."""

from collections.abc import Iterator
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from menagerie.database import tables
from menagerie.database.lineages import head, statements
from menagerie.database.privileges import SERVER_ROLE
from menagerie.settings import Settings
from plain_postgres import DatabaseServer
from shop import Shop

CATALOGUE: dict[str, LiteralString] = {
    "columns": """
        SELECT c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated,
            a.attidentity, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT c.relname, k.conname, k.contype, k.condeferrable, k.convalidated, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %(schema)s""",
    "indexes": """
        SELECT c.relname, i.indisunique, i.indisprimary, i.indisvalid, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %(schema)s""",
    "everything else": """
        SELECT c.relkind, c.relname, c.relpersistence, c.relrowsecurity, c.reloptions
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s""",
    "functions and triggers": """
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %(schema)s
        UNION ALL SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s AND NOT t.tgisinternal""",
}


def described(connection: psycopg.Connection, schema: str) -> dict[str, list[str]]:
    """PostgreSQL's description of a schema, without the schema's name."""
    connection.execute("SET LOCAL search_path TO ''")
    return {
        what: sorted(repr(row).replace(f"{schema}.", "") for row in connection.execute(query, {"schema": schema}))
        for what, query in CATALOGUE.items()
    }


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    """A transaction as the owner, which is rolled back."""
    assert settings.owner_database_url
    with psycopg.connect(settings.owner_database_url.get_secret_value()) as connection:
        yield connection
        connection.rollback()


def test_a_migrated_store_equals_a_new_store(owner: psycopg.Connection, shop: Shop) -> None:
    schema = f"migrated_{uuid4().hex[:8]}"
    owner.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    owner.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
    for statement in statements("stores", None):
        owner.execute(statement.encode())
    migrated, provisioned = described(owner, schema), described(owner, shop.store.schema)
    assert len(migrated["columns"]) == sum(len(table.columns) for table in tables.stores.sorted_tables)
    assert len(migrated["indexes"]) > 20
    for what in CATALOGUE:
        assert migrated[what] == provisioned[what], what


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE pet ALTER name DROP NOT NULL",
        "ALTER TABLE pet ALTER age_years TYPE bigint",
        "ALTER TABLE pet ALTER created_at DROP DEFAULT",
        "ALTER TABLE pet DROP CONSTRAINT pet_species_check",
        "DROP INDEX pet_sold_idx",
        "CREATE INDEX planted ON pet (name)",
        "ALTER TABLE purchase_item DROP CONSTRAINT purchase_item_pkey",
        "CREATE TABLE planted (id int)",
    ],
)
def test_a_difference_would_be_noticed(owner: psycopg.Connection, shop: Shop, change: str) -> None:
    before = described(owner, shop.store.schema)
    owner.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(shop.store.schema)))
    owner.execute(change.encode())
    assert described(owner, shop.store.schema) != before


@pytest.fixture
def scratch(database_server: DatabaseServer) -> Iterator[str]:
    """The address of a separate, empty database."""
    name = f"scratch_{uuid4().hex[:8]}"
    with psycopg.connect(database_server.superuser("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        yield database_server.superuser(name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _engine(address: str) -> Engine:
    return create_engine(address.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)


def test_the_migrated_platform_equals_the_described_one(settings: Settings, scratch: str) -> None:
    with _engine(scratch).begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {tables.PLATFORM_SCHEMA}")
        tables.platform.create_all(connection)
    with psycopg.connect(scratch) as new, psycopg.connect(settings.database_url.get_secret_value()) as old:
        made, migrated = described(new, tables.PLATFORM_SCHEMA), described(old, tables.PLATFORM_SCHEMA)
    for what in CATALOGUE:
        assert migrated[what] == made[what], what


def test_alembic_sees_no_difference_either(settings: Settings, shop: Shop) -> None:
    assert settings.owner_database_url
    engine = _engine(settings.owner_database_url.get_secret_value())
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        names = {"include_schemas": True, "include_name": lambda name, kind, _: kind != "schema" or name == "platform"}
        context = MigrationContext.configure(connection, opts=options | names)
        assert compare_metadata(context, tables.platform) == []
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET search_path TO {shop.store.schema}")
        connection.dialect.default_schema_name = shop.store.schema
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.stores) == []
    engine.dispose()


def test_a_new_store_is_at_the_newest_revision(shop: Shop) -> None:
    assert shop.store.revision == head("stores")


GRANTS = """
    SELECT c.relname, a.grantee::regrole::text, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'S') AND a.grantee <> c.relowner
    GROUP BY 1, 2"""


def _wanted(metadata, role: str) -> set[tuple[str, str, str]]:
    grants = {table.name: table.info["grants"].partition(", UPDATE (")[0] for table in metadata.sorted_tables}
    return {(table, role, ", ".join(sorted(grant.split(", ")))) for table, grant in grants.items()}


def test_a_stores_grants_are_exactly_those_of_its_tables(owner: psycopg.Connection, shop: Shop) -> None:
    found = set(owner.execute(GRANTS, (shop.store.schema,)).fetchall())
    assert found == _wanted(tables.stores, shop.store.role)


def test_the_platforms_grants_are_exactly_those_of_its_tables(owner: psycopg.Connection) -> None:
    found = set(owner.execute(GRANTS, (tables.PLATFORM_SCHEMA,)).fetchall())
    assert found == _wanted(tables.platform, SERVER_ROLE)


COLUMN_GRANTS = """
    SELECT c.relname, t.attname, a.grantee::regrole::text, a.privilege_type
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
    aclexplode(t.attacl) a WHERE n.nspname = %s"""


def test_column_privileges_cover_only_what_merchants_may_change(owner: psycopg.Connection, shop: Shop) -> None:
    changeable = ("name", "description", "time_zone", "sign_up_open", "welcome", "accent", "closed_at")
    found = set(owner.execute(COLUMN_GRANTS, (tables.PLATFORM_SCHEMA,)).fetchall())
    assert found == {("store", column, SERVER_ROLE, "UPDATE") for column in changeable}
    assert owner.execute(COLUMN_GRANTS, (shop.store.schema,)).fetchall() == []


def test_there_are_no_default_privileges(owner: psycopg.Connection) -> None:
    assert owner.execute("SELECT count(*) FROM pg_default_acl").fetchone() == (0,)


def test_schemas_are_open_only_to_their_role(owner: psycopg.Connection, shop: Shop) -> None:
    query = """SELECT a.grantee::regrole::text, a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE n.nspname = %s AND a.grantee <> n.nspowner"""
    assert owner.execute(query, (shop.store.schema,)).fetchall() == [(shop.store.role, "USAGE")]
    assert owner.execute(query, (tables.PLATFORM_SCHEMA,)).fetchall() == [(SERVER_ROLE, "USAGE")]
