"""What an administrator of the PostgreSQL server does once: two roles, one database, and the doors that are closed.

Idempotent, one statement at a time, so that it can also be printed and run by hand with psql.
"""

from collections.abc import Sequence

import psycopg
from psycopg import sql

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
    """What is run inside the database: nobody has anything there but by name."""
    name = sql.Identifier(database).as_string()
    return [
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT, CREATE ON DATABASE {name} TO {OWNER_ROLE}",
        f"GRANT CONNECT ON DATABASE {name} TO {SERVER_ROLE}",
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
    roles = [f"{statement};" for _, statement in role_statements()]
    lines: Sequence[str] = [
        "-- Run as a superuser: psql -v ON_ERROR_STOP=1 -f <this file>. Then give both roles a password: \\password",
        *roles,
        *(f"{statement};" for statement in server_statements()),
        _creation(database).as_string() + ";",
        f"\\connect {database}",
        *(f"{statement};" for statement in database_statements(database)),
    ]
    return "\n".join(lines) + "\n"


def bootstrap(superuser_address: str, database: str) -> None:
    """Make the roles and the database where they are missing.

    Args:
        superuser_address: of any database of the server, as a superuser.
        database: name of the database to make.
    """
    with psycopg.connect(superuser_address, autocommit=True) as connection:
        for role, statement in role_statements():
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                connection.execute(statement.encode())
        for statement in server_statements():
            connection.execute(statement.encode())
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            connection.execute(_creation(database))
    with psycopg.connect(superuser_address, dbname=database, autocommit=True) as connection:
        for statement in database_statements(database):
            connection.execute(statement.encode())
