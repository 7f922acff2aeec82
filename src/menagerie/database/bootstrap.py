"""One-time setup by an administrator of the PostgreSQL server: two roles, one database, and its hardening.

It is a series of single, repeatable statements, so it can also be printed and run by hand with psql.
"""

import psycopg
from psycopg import sql

from menagerie.database.citus.catalog import is_citus
from menagerie.database.privileges import (
    OWNER_ROLE,
    database_statements,
    hardening_statements,
    role_statements,
    server_statements,
)
from menagerie.database.psql import create_roles, create_unless_exists, ended, lines
from menagerie.errors import DomainError


def _creation(database: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
        sql.Identifier(database), sql.Identifier(OWNER_ROLE)
    )


def script(database: str) -> str:
    """The whole setup as a psql script, for a server that Menagerie may not administer."""
    creation = create_unless_exists("pg_database", "datname", database, _creation(database).as_string())
    return lines(
        "-- Run as a superuser: psql -v ON_ERROR_STOP=1 -f <this file>. Then give both roles a password: \\password",
        *create_roles(),
        creation,
        f"\\connect {database}",
        *ended(database_statements(database)),
        *ended(hardening_statements()),
    )


class CitusDetectedError(DomainError):
    """The database is spread over nodes; its administrator runs what `menagerie database script --citus` prints."""


def bootstrap(superuser_address: str, database: str) -> None:
    """Create the roles and the database if they are missing.

    Args:
        superuser_address: a superuser's URL of any database on the server.
        database: name of the database to create.

    Raises:
        CitusDetectedError: when the database uses Citus; then nothing was changed.
    """
    with psycopg.connect(superuser_address, autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is not None
        if exists and _is_citus(superuser_address, database):
            raise CitusDetectedError(
                f"The database {database} is spread over nodes by Citus, which Menagerie does not administer. Run what "
                "`menagerie database script --citus` prints, and do not pass the superuser's address."
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
