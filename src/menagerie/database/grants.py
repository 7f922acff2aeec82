"""The roles' privileges on the tables, from each table's definition.

Granting is idempotent, so every migration ends with it: a new table's privileges come with the table.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import LiteralString, cast

from psycopg import sql

from menagerie.database.privileges import SERVER_ROLE
from menagerie.database.tables import PLATFORM_SCHEMA, platform, stores


def platform_grants() -> list[sql.Composed]:
    """The grants to the server's role on the platform schema's tables."""
    return [
        sql.SQL("GRANT {} ON {} TO {}").format(
            sql.SQL(table.info["grants"]), sql.Identifier(PLATFORM_SCHEMA, table.name), sql.Identifier(SERVER_ROLE)
        )
        for table in platform.sorted_tables
    ]


def store_grants(role: str) -> list[sql.Composed]:
    """The grants to a store's role on the tables of the schema that the transaction is in."""
    return [
        sql.SQL("GRANT {} ON {} TO {}").format(
            sql.SQL(cast("LiteralString", privileges)),
            sql.SQL(", ").join(map(sql.Identifier, tables)),
            sql.Identifier(role),
        )
        for privileges, tables in _tables_by_privileges().items()
    ]


@cache
def _tables_by_privileges() -> dict[str, Sequence[str]]:
    grants: defaultdict[str, list[str]] = defaultdict(list)
    for table in stores.sorted_tables:
        grants[table.info["grants"]].append(table.name)
    return dict(grants)
