"""Scripts for psql, which an administrator reads and runs by hand."""

from collections.abc import Sequence

from psycopg import sql

from menagerie.database.privileges import role_statements, server_statements


def lines(*each: str) -> str:
    """Join lines into a script."""
    return "\n".join(each) + "\n"


def ended(statements: Sequence[str]) -> list[str]:
    """The statements, each ended by a semicolon."""
    return [f"{statement};" for statement in statements]


def create_unless_exists(catalog: str, column: str, name: str, statement: str) -> str:
    """Make psql run a statement unless the catalogue already has an entry of that name."""
    quoted, text = sql.Literal(name).as_string(), sql.Literal(statement).as_string()
    return f"SELECT {text} WHERE NOT EXISTS (SELECT FROM {catalog} WHERE {column} = {quoted}) \\gexec"


def create_roles() -> list[str]:
    """Create the fixed roles if they are missing, and set their limits."""
    creations = [create_unless_exists("pg_roles", "rolname", role, statement) for role, statement in role_statements()]
    return [*creations, *ended(server_statements())]
