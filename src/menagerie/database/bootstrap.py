"""What an administrator of the PostgreSQL server does once: two roles, one database, and the doors that are closed.

Idempotent, one statement at a time, so that it can also be printed and run by hand with psql. On Citus an
administrator has made the database already, on every node and with the extension in it; roles and what they may do in
the database then spread from the coordinator, and each node closes its own doors.
"""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from menagerie.database.citus import HIDING_SHARDS, is_citus
from menagerie.errors import DomainError

OWNER_ROLE = "menagerie_owner"
SERVER_ROLE = "menagerie_server"

_SET_CONFIG = "pg_catalog.set_config(text, text, boolean)"
_MIGRATION_LOCK = "pg_catalog.pg_advisory_lock(bigint)"
_SESSION_LOCKS = [
    f"pg_catalog.pg_{kind}_lock{share}({key})"
    for kind in ("advisory", "try_advisory")
    for share in ("", "_shared")
    for key in ("bigint", "integer, integer")
]


def role_statements() -> list[tuple[str, str]]:
    """Each fixed role's name with the statement that makes it."""
    return [
        (OWNER_ROLE, f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEROLE NOSUPERUSER"),
        # NOINHERIT: membership in the stores' roles gives nothing until a transaction takes one of them on.
        (SERVER_ROLE, f"CREATE ROLE {SERVER_ROLE} LOGIN NOINHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB"),
    ]


def server_statements() -> list[str]:
    """Limits of the server's role, so that nothing holds a lock or a connection for ever."""
    return [
        f"ALTER ROLE {SERVER_ROLE} SET search_path TO ''",
        f"ALTER ROLE {SERVER_ROLE} SET statement_timeout TO '10s'",
        f"ALTER ROLE {SERVER_ROLE} SET lock_timeout TO '5s'",
        f"ALTER ROLE {SERVER_ROLE} SET idle_in_transaction_session_timeout TO '30s'",
        f"ALTER ROLE {OWNER_ROLE} SET search_path TO ''",
    ]


def database_statements(database: str) -> list[str]:
    """Nobody may do anything in the database but by name."""
    name = sql.Identifier(database).as_string()
    return [
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT, CREATE ON DATABASE {name} TO {OWNER_ROLE}",
        f"GRANT CONNECT ON DATABASE {name} TO {SERVER_ROLE}",
    ]


def hardening_statements() -> list[str]:
    """What is closed inside the database, for everybody who is not named."""
    return [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        # A role alone does not hold an injected SELECT: set_config('role', …) would leave it.
        f"REVOKE EXECUTE ON FUNCTION {_SET_CONFIG} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {_SET_CONFIG} TO {OWNER_ROLE}",
        # The same for a block of code; nothing of ours is written in PL/pgSQL.
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        # These locks outlive a transaction: a connection would take them back to the pool, and hold up migrations.
        *(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC" for function in _SESSION_LOCKS),
        f"GRANT EXECUTE ON FUNCTION {_MIGRATION_LOCK} TO {OWNER_ROLE}",
        # Large objects live outside every schema, so a store's role could leave one for another to find.
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC",
    ]


def _creation(database: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
        sql.Identifier(database), sql.Identifier(OWNER_ROLE)
    )


def script(database: str) -> str:
    """The whole of it as a psql script for a server that Menagerie may not administer."""
    creation = _unless("pg_database", "datname", database, _creation(database).as_string())
    return _lines(
        "-- Run as a superuser: psql -v ON_ERROR_STOP=1 -f <this file>. Then give both roles a password: \\password",
        *_roles(),
        creation,
        f"\\connect {database}",
        *_ended(database_statements(database)),
        *_ended(hardening_statements()),
    )


def citus_script(database: str) -> str:
    """The same for Citus, to be run on the coordinator when every node has the database and the extension in it."""
    return _lines(
        "-- Run as a superuser on Citus' coordinator, in the database that Citus is in: psql -v ON_ERROR_STOP=1",
        f"-- -d {database} -f <this file>. Then give both roles a password: \\password. Run it again after a node was",
        "-- added and after ALTER EXTENSION citus UPDATE.",
        *_roles(),
        # Citus spreads the roles that it saw being made; of older ones it learns by a member of theirs.
        "CREATE ROLE menagerie_known NOLOGIN;",
        f"GRANT {OWNER_ROLE}, {SERVER_ROLE} TO menagerie_known;",
        f"SELECT format('GRANT %s TO menagerie_known', m.roleid::regrole) FROM pg_auth_members m WHERE m.member = "
        f"'{SERVER_ROLE}'::regrole AND NOT EXISTS (SELECT FROM pg_dist_object "
        "WHERE classid = 'pg_authid'::regclass AND objid = m.roleid) \\gexec",
        "DROP ROLE menagerie_known;",
        # A connection that the owner kept would be the first to meet a node that restarted, and fail.
        f"ALTER ROLE {OWNER_ROLE} SET citus.max_cached_conns_per_worker TO 0;",
        *_ended(database_statements(database)),
        _CLOSE_EVERYWHERE.format(
            doors="\n".join(f"            {door};" for door in hardening_statements()),
            hiding=", ".join(f"'{name}'" for name in HIDING_SHARDS),
            owner=OWNER_ROLE,
        ),
    )


# Citus brings hundreds of functions that everybody may call. Some of them run a statement that they are given, with
# which an injected SELECT could change its role. Two are a part of every look into the catalogue, which hides shards.
_CLOSE_EVERYWHERE = """\
DO $everywhere$
DECLARE
    open text;
BEGIN
    SELECT string_agg(format('%s:%s: %s', nodename, nodeport, result), '; ') INTO open
    FROM run_command_on_all_nodes($doors$
        DO $here$
        DECLARE
            routine regprocedure;
        BEGIN
{doors}
            REVOKE USAGE ON SCHEMA citus_internal FROM PUBLIC;
            GRANT USAGE ON SCHEMA citus_internal TO {owner};
            FOR routine IN
                SELECT p.oid FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
                WHERE e.extname IN ('citus', 'citus_columnar') AND has_function_privilege('public', p.oid, 'EXECUTE')
                AND p.proname NOT IN ({hiding})
            LOOP
                EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine);
                EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO {owner}', routine);
            END LOOP;
        END $here$
    $doors$) LEFT JOIN pg_dist_node USING (nodeid)
    WHERE NOT success;
    IF open IS NOT NULL THEN
        RAISE EXCEPTION 'The doors are not closed on every node: %', open;
    END IF;
END $everywhere$;"""


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _ended(statements: Sequence[str]) -> list[str]:
    return [f"{statement};" for statement in statements]


def _roles() -> list[str]:
    creations = [_unless("pg_roles", "rolname", role, statement) for role, statement in role_statements()]
    return [*creations, *_ended(server_statements())]


def _unless(catalog: str, column: str, name: str, statement: str) -> str:
    """Has psql run a statement where there is no such thing yet."""
    quoted, text = sql.Literal(name).as_string(), sql.Literal(statement).as_string()
    return f"SELECT {text} WHERE NOT EXISTS (SELECT FROM {catalog} WHERE {column} = {quoted}) \\gexec"


class CitusDetectedError(DomainError):
    """The database is spread over nodes; its administrator runs what `menagerie database script --citus` prints."""


def bootstrap(superuser_address: str, database: str) -> None:
    """Make the roles and the database where they are missing.

    Args:
        superuser_address: of any database of the server, as a superuser.
        database: name of the database to make.

    Raises:
        CitusDetectedError: when the database is Citus'; nothing was changed.
    """
    with psycopg.connect(superuser_address, autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is not None
        if exists and _is_citus(superuser_address, database):
            raise CitusDetectedError(
                f"The database {database} is spread over nodes by Citus, which Menagerie does not administer. Run what "
                "`menagerie database script --citus` prints, and leave the superuser's address away."
            )
        for role, statement in role_statements():
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                connection.execute(statement.encode())
        for statement in server_statements():
            connection.execute(statement.encode())
        if not exists:
            connection.execute(_creation(database))
    with psycopg.connect(superuser_address, dbname=database, autocommit=True) as connection:
        for statement in (*database_statements(database), *hardening_statements()):
            connection.execute(statement.encode())


def _is_citus(superuser_address: str, database: str) -> bool:
    with psycopg.connect(superuser_address, dbname=database) as connection:
        return is_citus(connection)
