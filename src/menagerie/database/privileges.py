"""The two fixed roles, and what is revoked from everybody else; repeating a statement changes nothing.

The privileges of a store's own role are in `grants.py`, with the tables.
"""

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
    """Each fixed role's name with the statement that creates it."""
    return [
        (OWNER_ROLE, f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEROLE NOSUPERUSER"),
        # NOINHERIT: membership in the stores' roles gives no privileges until a transaction switches to one of them.
        (SERVER_ROLE, f"CREATE ROLE {SERVER_ROLE} LOGIN NOINHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB"),
    ]


def server_statements() -> list[str]:
    """Limits of the server's role, so that nothing holds a lock or a connection forever."""
    return [
        f"ALTER ROLE {SERVER_ROLE} SET search_path TO ''",
        f"ALTER ROLE {SERVER_ROLE} SET statement_timeout TO '10s'",
        f"ALTER ROLE {SERVER_ROLE} SET lock_timeout TO '5s'",
        f"ALTER ROLE {SERVER_ROLE} SET idle_in_transaction_session_timeout TO '30s'",
        f"ALTER ROLE {OWNER_ROLE} SET search_path TO ''",
    ]


def database_statements(database: str) -> list[str]:
    """Privileges on the database, for the named roles only."""
    name = sql.Identifier(database).as_string()
    return [
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT, CREATE ON DATABASE {name} TO {OWNER_ROLE}",
        f"GRANT CONNECT ON DATABASE {name} TO {SERVER_ROLE}",
    ]


def hardening_statements() -> list[str]:
    """Privileges inside the database, for the named roles only: REVOKE first, then GRANT."""
    return [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        # A role alone does not confine an injected SELECT: set_config('role', …) would escape it.
        f"REVOKE EXECUTE ON FUNCTION {_SET_CONFIG} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {_SET_CONFIG} TO {OWNER_ROLE}",
        # The same goes for anonymous code blocks; none of our code is in PL/pgSQL.
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        # These locks outlive a transaction: a connection would carry them back into the pool and block migrations.
        *(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC" for function in _SESSION_LOCKS),
        f"GRANT EXECUTE ON FUNCTION {_MIGRATION_LOCK} TO {OWNER_ROLE}",
        # Large objects live outside every schema, so a store's role could leave one for another to find.
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC",
    ]
