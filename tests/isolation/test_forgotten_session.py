"""A query outside a session gets an error, not another store's rows."""

import psycopg
import pytest

from menagerie.database.tables import stores as store_tables
from menagerie.settings import Settings
from shop import Shop

SERVER = "menagerie_server"


@pytest.fixture
def bare(settings: Settings):
    """A connection as the server's role, before a transaction has chosen a store."""
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("table", store_tables.tables)
def test_no_table_of_a_store_is_found_without_a_session(bare: psycopg.Connection, table: str) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        bare.execute(f"SELECT FROM {table}".encode())


async def test_a_connection_of_the_pool_finds_no_pets(shop: Shop) -> None:
    async with shop.runtime.database.nodes.coordinator.connection() as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await connection.execute("SELECT FROM pet")


def test_the_path_without_the_role_finds_nothing(bare: psycopg.Connection, shop: Shop) -> None:
    """The role is needed too, because membership gives nothing until a transaction switches to it."""
    bare.execute(f"SET search_path TO {shop.store.schema}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bare.execute(f"SELECT FROM {shop.store.schema}.pet".encode())
    with pytest.raises(psycopg.Error):
        bare.execute("SELECT FROM pet")


def test_the_role_without_the_path_finds_nothing(bare: psycopg.Connection, shop: Shop) -> None:
    bare.execute(f"SET ROLE {shop.store.role}".encode())
    with pytest.raises(psycopg.errors.UndefinedTable):
        bare.execute("SELECT FROM pet")


def test_the_server_role_has_no_attributes_of_its_own(bare: psycopg.Connection) -> None:
    attributes = bare.execute(
        """SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin
        FROM pg_roles WHERE rolname = %s""",
        (SERVER,),
    ).fetchone()
    assert attributes == (False, False, False, False, False, False, True)


def test_the_server_role_owns_nothing(bare: psycopg.Connection) -> None:
    owned = bare.execute(
        "SELECT classid::regclass::text, objid FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'",
        (SERVER,),
    ).fetchall()
    assert owned == []


def test_the_server_role_has_an_empty_path(bare: psycopg.Connection) -> None:
    assert bare.execute("SHOW search_path").fetchone() == ('""',)
    assert bare.execute("SELECT current_schemas(false)").fetchone() == ([],)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.planted (id int)",
        "CREATE TABLE platform.planted (id int)",
        "CREATE TEMP TABLE planted (id int)",
        "CREATE SCHEMA planted",
        "CREATE ROLE planted",
        "CREATE DATABASE planted",
        "INSERT INTO platform.revision (version) VALUES ('x')",
        "UPDATE platform.store SET suspended_at = NULL",
        "DELETE FROM platform.data_key",
        "UPDATE platform.merchant SET password_hash = ''",
        "SET ROLE menagerie_owner",
        "SET SESSION AUTHORIZATION menagerie_owner",
        "SELECT set_config('role', 'menagerie_owner', false)",
    ],
)
def test_the_server_role_can_create_and_change_nothing(bare: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bare.execute(statement.encode())


def test_a_stores_role_has_no_attributes_or_memberships(bare: psycopg.Connection, shop: Shop, other: Shop) -> None:
    attributes = bare.execute(
        """SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin
        FROM pg_roles WHERE rolname = %s""",
        (shop.store.role,),
    ).fetchone()
    assert attributes == (False,) * 6
    memberships = bare.execute(
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", (shop.store.role,)
    ).fetchall()
    assert memberships == []
    members = bare.execute(
        # Before PostgreSQL 16, every membership allowed SET ROLE.
        "SELECT member::regrole::text FROM pg_auth_members m WHERE roleid = %s::regrole "
        "AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) ORDER BY 1",
        (shop.store.role,),
    ).fetchall()
    assert (SERVER,) in members
    assert {member for (member,) in members} <= {SERVER, "menagerie_owner", "postgres"}


def test_a_stores_role_may_use_only_its_own_schema(bare: psycopg.Connection, shop: Shop, other: Shop) -> None:
    usable = bare.execute(
        """SELECT nspname FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'USAGE')
        AND nspname NOT LIKE 'pg\\_%%' AND nspname <> 'information_schema'""",
        (shop.store.role,),
    ).fetchall()
    assert usable == [(shop.store.schema,)]
    creating = bare.execute(
        "SELECT count(*) FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'CREATE')", (shop.store.role,)
    ).fetchone()
    assert creating == (0,)
