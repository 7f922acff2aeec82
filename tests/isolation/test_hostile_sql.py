"""What an injected statement could do in a store's session: nothing to other stores, and nothing permanent.

No code turns text from a request into SQL; these tests are for the day when some does. Known and accepted:
PostgreSQL's catalogue shows every role the names of schemas and tables and their rough sizes, and an attacker who can
send a whole statement, instead of changing one, can send SET ROLE.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import psycopg
import pytest

from menagerie.database import migrate
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database, ReadSession, WriteSession, opened
from menagerie.runtime import Runtime
from menagerie.settings import Settings
from plain_postgres import DatabaseServer
from shop import Shop, open_shop

FEATURE_NOT_SUPPORTED = "0A000"
SECRET = "Theirs-and-nobody-elses"


@dataclass
class Anything:
    value: object


@dataclass
class Scope:
    role: str
    login: str
    path: str
    read_only: str


@pytest.fixture(scope="module")
async def narrow(settings: Settings) -> AsyncIterator[Database]:
    """A `Database` with one connection, so that the next statement meets whatever one leaves behind."""
    nodes = Nodes(settings.database_url.get_secret_value(), name="narrow", max_size=1)
    async with opened(Database(nodes)) as database:
        yield database


@pytest.fixture(scope="module")
async def shop(platform: Runtime, client: httpx.AsyncClient) -> Shop:
    """One store for all the statements, because none may change anything."""
    return await open_shop(platform, client, "attacker")


@pytest.fixture(scope="module")
async def victim(platform: Runtime, client: httpx.AsyncClient, database_server: DatabaseServer, shop: Shop) -> Shop:
    """A store on the same node, so that only privileges protect it."""
    made = await open_shop(platform, client, "victim")
    while database_server.superuser_for(made.store.schema) != database_server.superuser_for(shop.store.schema):
        made = await open_shop(platform, client, "victim")
    await made.list_pet(SECRET)
    return made


async def _attack(database: Database, shop: Shop, statement: str, *, write: bool) -> list[object] | str:
    """The statement's result, or the SQLSTATE with which PostgreSQL refused it."""

    async def work(session: ReadSession) -> list[object]:
        rows = await session.fetch(Anything, statement)  # type: ignore[arg-type]  # not a LiteralString, as an attack is
        return [row.value for row in rows]

    async def work_writing(session: WriteSession) -> list[object]:
        return await work(session)

    try:
        return await (database.write(shop.store, work_writing) if write else database.read(shop.store, work))
    except psycopg.Error as error:
        # Without an SQLSTATE, the error is psycopg's own, because the statement succeeded without rows.
        return error.sqlstate or []


async def _scope(database: Database, shop: Shop) -> Scope:
    statement = """SELECT current_user::text AS role, session_user::text AS login,
        current_setting('search_path') AS path, current_setting('transaction_read_only') AS read_only"""
    found = await database.read(shop.store, lambda session: session.fetch_one(Scope, statement))
    assert found
    return found


async def _assert_clean(database: Database, shop: Shop, victim: Shop) -> None:
    """Check that the connection's next transactions have the right scope, and that no lock is left."""
    for each in (shop, victim):
        scope = await _scope(database, each)
        assert scope == Scope(each.store.role, "menagerie_server", each.store.schema, "on")
    pool = await database.nodes.pool_of(shop.store)
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT current_user, current_setting('search_path'), pg_backend_pid()")
        row = await cursor.fetchone()
        assert row is not None
        assert row[:2] == ("menagerie_server", '""')
        locks = await connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert locks.rowcount == 0
    assert pool.get_stats()["pool_size"] == 1


REFUSED = {
    "another store's table": "SELECT name AS value FROM {schema}.pet",
    "another store's table, counted": "SELECT count(*) AS value FROM {schema}.pet",
    "another store's table, joined": "SELECT p.name AS value FROM pet RIGHT JOIN {schema}.pet p ON true",
    "another store's table, locked": "SELECT name AS value FROM {schema}.pet FOR UPDATE",
    "another store's table, changed": "UPDATE {schema}.pet SET name = 'x' RETURNING name AS value",
    "another store's table, emptied": "DELETE FROM {schema}.cart_item RETURNING 1 AS value",
    "another store's audit": "INSERT INTO {schema}.audit_event DEFAULT VALUES RETURNING 1 AS value",
    "the stores": "SELECT slug AS value FROM platform.store",
    "the data keys": "SELECT wrapped AS value FROM platform.data_key",
    "the merchants": "SELECT password_hash AS value FROM platform.merchant",
    "the revision": "SELECT version AS value FROM platform.revision",
    "the audit of one's own store": "SELECT actor AS value FROM audit_event",
    "the past of one's own store": "DELETE FROM purchase_item RETURNING 1 AS value",
    "PostgreSQL's passwords": "SELECT rolpassword AS value FROM pg_authid",
    "PostgreSQL's statistics": "SELECT stavalues1::text AS value FROM pg_statistic",
    "the server's files": "SELECT pg_read_file('PG_VERSION') AS value",
    "the server's directories": "SELECT pg_ls_dir('.') AS value",
    "the role by set_config": "SELECT set_config('role', '{role}', true) AS value",
    "the login role by set_config": "SELECT set_config('role', 'none', true) AS value",
    "the path by set_config": "SELECT set_config('search_path', '{schema}', true) AS value",
    "the path for ever": "SELECT set_config('search_path', '{schema}', false) AS value",
    "the session's user": "SELECT set_config('session_authorization', 'menagerie_owner', false) AS value",
    "the settings view": "UPDATE pg_settings SET setting = '{role}' WHERE name = 'role'",
    "the settings view, the path": "UPDATE pg_settings SET setting = '{schema}' WHERE name = 'search_path'",
    "the settings view, writable": "UPDATE pg_settings SET setting = 'off' WHERE name = 'transaction_read_only'",
    "a lock that outlives the transaction": "SELECT pg_advisory_lock(1)::text AS value",
    "a lock that outlives it, if it is free": "SELECT pg_try_advisory_lock_shared(1, 2) AS value",
    "the migrations' lock": f"SELECT pg_advisory_lock({migrate._LOCK})::text AS value",
    "another schema as XML": "SELECT query_to_xml('SELECT name FROM {schema}.pet', true, false, '')::text AS value",
    "another table as XML": "SELECT table_to_xml('{schema}.pet', true, false, '')::text AS value",
    "a cursor as XML": "SELECT cursor_to_xml('c', 1, true, false, '')::text AS value",
    "a role and a query as XML": "SELECT query_to_xml('SET ROLE {role}', true, false, '')::text AS value, "
    "query_to_xml('SELECT name FROM {schema}.pet', true, false, '')::text",
    "a text search of another table": "SELECT word AS value FROM ts_stat('SELECT search FROM {schema}.pet')",
    "a large object": "SELECT lo_create(0) AS value",
    "a large object, the old way": "SELECT lo_creat(-1) AS value",
    "a large object with content": "SELECT lo_from_bytea(0, 'x') AS value",
    "a large object from a file": "SELECT lo_import('/etc/passwd') AS value",
    "a large object's file": "SELECT lo_export(1, '/tmp/menagerie-test') AS value",
    "another connection": "SELECT dblink('dbname=menagerie', 'SELECT 1') AS value",
    "an extension": "CREATE EXTENSION dblink",
    "a program": "COPY pet TO PROGRAM 'true'",
    "a file": "COPY pet TO '/tmp/menagerie-test'",
    "another store's copy": "COPY {schema}.pet TO STDOUT",
    "a block of code": "DO $$ BEGIN PERFORM 1; END $$",
    "a block that changes the role": "DO $$ BEGIN EXECUTE 'SET LOCAL ROLE {role}'; END $$",
    "a second statement": "SELECT 1 AS value; SELECT name AS value FROM {schema}.pet",
    "a second statement that resets the role": "SELECT 1 AS value; RESET ROLE",
    "an end and a new beginning": "COMMIT; BEGIN; SET ROLE {role}",
    "a temporary table": "CREATE TEMP TABLE pet (name text)",
    "a table": "CREATE TABLE planted (name text)",
    "a schema": "CREATE SCHEMA planted",
    "a function": "CREATE FUNCTION planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a view": "CREATE VIEW planted AS SELECT 1",
    "a trigger": "CREATE TRIGGER planted BEFORE INSERT ON pet EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "a table of one's own, changed": "ALTER TABLE pet ADD COLUMN planted int",
    "a table of one's own, emptied": "TRUNCATE pet",
    "a role": "CREATE ROLE planted SUPERUSER",
    "a grant of oneself": "GRANT {own} TO {role}",
    "somebody else's connection": "SELECT pg_terminate_backend(pid) AS value FROM pg_stat_activity "
    "WHERE usename <> current_user AND pid <> pg_backend_pid() LIMIT 1",
    "a reload": "SELECT pg_reload_conf() AS value",
    "a server setting": "ALTER SYSTEM SET log_statement = 'all'",
    "the login role's settings": "ALTER ROLE menagerie_server SET search_path TO {schema}",
    "a nested look elsewhere": "SELECT (SELECT name FROM {schema}.pet LIMIT 1) AS value FROM pet",
    "a cast that tells": "SELECT (SELECT string_agg(name, '') FROM {schema}.pet)::int AS value",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
async def test_a_hostile_statement_is_refused_and_leaves_nothing(
    narrow: Database, shop: Shop, victim: Shop, statement: str
) -> None:
    text = statement.format(schema=victim.store.schema, role=victim.store.role, own=shop.store.role)
    for write in (False, True):
        refusal = await _attack(narrow, shop, text, write=write)
        assert isinstance(refusal, str), refusal
        await _assert_clean(narrow, shop, victim)
    assert await victim.shelf_names() == [SECRET]


HARMLESS = {
    "statements of others": "SELECT query AS value FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    "values of others": "SELECT most_common_vals::text AS value FROM pg_stats WHERE schemaname = '{schema}'",
    "one's own table as XML": "SELECT query_to_xml('SELECT name FROM pet', true, false, '')::text AS value",
    "the database as XML": "SELECT database_to_xml(true, false, '')::text AS value",
    "the role's settings": "SELECT setconfig::text AS value FROM pg_db_role_setting",
    "prepared statements": "SELECT statement AS value FROM pg_prepared_statements",
    "large objects": "SELECT oid AS value FROM pg_largeobject_metadata",
    "columns of others": "SELECT column_name AS value FROM information_schema.columns "
    "WHERE table_schema IN ('{schema}', 'platform')",
}


@pytest.mark.parametrize("statement", HARMLESS.values(), ids=HARMLESS.keys())
async def test_permitted_statements_show_nothing_of_other_stores(
    narrow: Database, shop: Shop, victim: Shop, statement: str
) -> None:
    text = statement.format(schema=victim.store.schema)
    values = await _attack(narrow, shop, text, write=True)
    shown = "" if isinstance(values, str) else "\n".join(map(str, values))
    assert SECRET not in shown
    assert "platform.data_key" not in shown
    if "information_schema" in statement or "pg_stats" in statement or "largeobject" in statement:
        assert values == []
    await _assert_clean(narrow, shop, victim)


async def test_the_attacks_would_succeed_with_privileges(victim: Shop, narrow: Database) -> None:
    """The attacks fail for lack of privileges, not because of mistakes in them."""
    for name in ("another store's table", "another schema as XML", "a nested look elsewhere"):
        text = REFUSED[name].format(schema=victim.store.schema, role="", own="")
        shown = await _attack(narrow, victim, text, write=False)
        # This PostgreSQL may be built without XML.
        assert shown == FEATURE_NOT_SUPPORTED or SECRET in str(shown), name


async def test_a_stores_role_cannot_grant_its_privileges(narrow: Database, shop: Shop, victim: Shop) -> None:
    """PostgreSQL only warns about such a GRANT, so the test checks that it has no effect."""
    for receiver in ("PUBLIC", victim.store.role):
        await _attack(narrow, shop, f"GRANT SELECT ON pet TO {receiver}", write=True)
    text = f"SELECT name AS value FROM {shop.store.schema}.pet"
    assert await _attack(narrow, victim, text, write=False) == psycopg.errors.InsufficientPrivilege.sqlstate


async def test_a_whole_hostile_statement_does_not_choose_the_next_store(
    narrow: Database, shop: Shop, victim: Shop
) -> None:
    """Even a whole hostile statement only affects its transaction, because the next one sets its own scope."""
    for statement in ("SET search_path TO platform", "SET ROLE menagerie_server", "RESET ROLE", "RESET ALL"):
        await _attack(narrow, shop, statement, write=True)
        for each in (shop, victim):
            scope = await _scope(narrow, each)
            assert (scope.role, scope.path) == (each.store.role, each.store.schema), statement
    async with (await narrow.nodes.pool_of(shop.store)).connection() as connection:
        await connection.execute("RESET ROLE")
        await connection.execute("RESET ALL")


async def test_a_failed_transaction_costs_no_second_connection(narrow: Database, shop: Shop, victim: Shop) -> None:
    """With one connection in the pool, requesting another while holding it would wait forever."""
    import asyncio

    async with asyncio.timeout(3):
        refusal = await _attack(narrow, shop, f"SELECT name AS value FROM {victim.store.schema}.pet", write=False)
    assert refusal == psycopg.errors.InsufficientPrivilege.sqlstate


async def test_nothing_may_run_or_wait_forever(shop: Shop, narrow: Database) -> None:
    @dataclass
    class Limits:
        statement: str
        lock: str
        idle: str

    limits = await narrow.read(
        shop.store,
        lambda session: session.fetch_one(
            Limits,
            """SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
                current_setting('idle_in_transaction_session_timeout') AS idle""",
        ),
    )
    assert limits == Limits("10s", "5s", "30s")
