"""What `menagerie doctor --deep` checks: whether every store's schema matches its revision.

PostgreSQL itself provides the reference: the comparison creates a model store in its transaction, which is rolled back.
One query over the catalogs compares all stores.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.rows import class_row
from uuid_utils.compat import uuid7

from menagerie.cli.context import connection_advice
from menagerie.cli.doctor.findings import Finding, ok, problem, warning
from menagerie.database.privileges import SERVER_ROLE
from menagerie.database.revisions import STORES_REVISION
from menagerie.settings import Settings
from menagerie.stores.models import role_name, schema_name
from menagerie.stores.provision import making_statements

_MAX_NAMED = 5
_MODEL = "MODEL"
"""Takes the place of a slug. Slugs have no capital letters, so it collides with none."""
# Each object has the relation that it belongs to (itself, for a table), a kind, a name and a definition. Definitions
# omit the schema name, which PostgreSQL prints everywhere because search_path is empty.
_DIFFERENCES: LiteralString = """
    WITH tenant AS MATERIALIZED (
        SELECT slug, n.oid AS schema, quote_ident(n.nspname) || '.' AS prefix, n.nspacl, n.nspowner, r.oid AS role,
            r.rolcanlogin, EXISTS (
                SELECT FROM pg_auth_members m WHERE m.roleid = r.oid AND m.member = %(server)s::regrole
            ) AS assumable
        FROM (
            SELECT slug, schema_name, role_name FROM platform.store WHERE revision = %(revision)s
            UNION ALL SELECT '', %(schema)s, %(role)s
        ) AS named
        LEFT JOIN pg_namespace n ON n.nspname = schema_name
        LEFT JOIN pg_roles r ON r.rolname = role_name
    ), relation AS MATERIALIZED (
        SELECT t.slug, t.role, t.prefix, c.* FROM tenant t
        JOIN LATERAL (
            SELECT c.oid AS relation, relname, relkind, relpersistence, relrowsecurity, relowner, relacl
            FROM pg_class c WHERE c.relnamespace = t.schema
        ) c ON true
    ), granted (slug, role, relation, name, owner, acl) AS (
        SELECT slug, role, '', 'on the schema', nspowner, nspacl FROM tenant
        UNION ALL SELECT slug, role, relname, 'on ' || relname, relowner, relacl FROM relation
        UNION ALL SELECT slug, role, relname, 'on ' || relname || '.' || attname, relowner, attacl
        FROM relation JOIN pg_attribute ON attrelid = relation AND attacl IS NOT NULL
    ), found (slug, relation, kind, name, definition) AS MATERIALIZED (
        SELECT slug, '', 'role', 'of the store',
            concat_ws(', ', CASE WHEN rolcanlogin THEN 'may sign in' ELSE 'may not sign in' END,
                CASE WHEN assumable THEN 'may be assumed by the server' END)
        FROM tenant WHERE role IS NOT NULL
        UNION ALL SELECT slug, relname, CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
                WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                WHEN 'S' THEN 'sequence' ELSE 'type' END, relname,
            concat_ws(', ', 'owned by ' || pg_get_userbyid(relowner),
                CASE WHEN relpersistence <> 'p' THEN 'not logged' END, CASE WHEN relrowsecurity THEN 'row security' END)
        FROM relation WHERE relkind NOT IN ('i', 'I', 't')
        UNION ALL SELECT slug, relname, 'column', relname || '.' || attname,
            concat_ws(', ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
                CASE WHEN attgenerated <> '' THEN 'generated' WHEN atthasdef THEN 'default' END
                || ' ' || replace(pg_get_expr(adbin, adrelid), prefix, ''))
        FROM relation JOIN pg_attribute ON attrelid = relation AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = relation AND adnum = attnum
        WHERE relkind = 'r'
        UNION ALL SELECT slug, relation.relname, 'index', i.relname,
            replace(pg_get_indexdef(i.oid), prefix, '') || CASE WHEN indisvalid THEN '' ELSE ', invalid' END
        FROM relation JOIN pg_index ON indrelid = relation JOIN pg_class i ON i.oid = indexrelid
        UNION ALL SELECT slug, relname, 'constraint', relname || '.' || conname,
            replace(pg_get_constraintdef(pg_constraint.oid), prefix, '')
        FROM relation JOIN pg_constraint ON conrelid = relation AND contype <> 'n'
        UNION ALL SELECT slug, relname, 'trigger', relname || '.' || tgname,
            replace(pg_get_triggerdef(pg_trigger.oid), prefix, '')
        FROM relation JOIN pg_trigger ON tgrelid = relation AND NOT tgisinternal
        UNION ALL SELECT slug, '', 'function', replace(pg_proc.oid::regprocedure::text, prefix, ''), 'exists'
        FROM tenant JOIN pg_proc ON pronamespace = schema
        UNION ALL SELECT slug, relation, 'grant',
            name || ' to ' || CASE WHEN grantee = role THEN 'its role' WHEN grantee = 0 THEN 'everybody'
                ELSE pg_get_userbyid(grantee) END,
            string_agg(DISTINCT privilege_type, ', ')
        FROM granted CROSS JOIN aclexplode(acl) WHERE grantee <> owner
        GROUP BY slug, relation, name, grantee, role
    ), model AS (
        SELECT relation, kind, name, definition FROM found WHERE slug = ''
    ), difference AS (
        SELECT t.slug, m.relation, m.kind, m.name, m.definition AS expected, f.definition AS found
        FROM tenant t CROSS JOIN model m
        LEFT JOIN found f ON f.slug = t.slug AND f.kind = m.kind AND f.name = m.name
        WHERE f.definition IS DISTINCT FROM m.definition
        UNION ALL SELECT f.slug, f.relation, f.kind, f.name, NULL, f.definition
        FROM found f LEFT JOIN model m ON m.kind = f.kind AND m.name = f.name
        WHERE m.name IS NULL
    )
    SELECT slug, kind, name, expected, found FROM difference d
    WHERE kind = 'table' OR NOT EXISTS (
        SELECT FROM difference d2 WHERE d2.slug = d.slug AND d2.relation = d.relation AND d2.kind = 'table'
            AND (d2.found IS NULL OR d2.expected IS NULL)
    )
    ORDER BY slug, kind, name
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in a store's schema that is missing, differs, or does not belong there."""

    slug: str
    kind: str
    """Table, column, index, constraint, grant, role, trigger, function, view, …"""
    name: str
    expected: str | None
    """Its definition; None if it should not be there."""
    found: str | None
    """Its definition; None if it is missing."""

    def __str__(self) -> str:
        """Say what is wrong."""
        if self.found is None:
            return f"{self.kind} {self.name} is missing ({self.expected})"
        if self.expected is None:
            return f"{self.kind} {self.name} does not belong there ({self.found})"
        return f"{self.kind} {self.name} is “{self.found}”, but should be “{self.expected}”"


def differences(address: str) -> list[Difference]:
    """The differences of all stores at this version's revision.

    Args:
        address: the owner's database URL. Nothing is left behind.
    """
    model, model_id = _MODEL, uuid7()
    named = {"schema": schema_name(model), "role": role_name(model, model_id), "server": SERVER_ROLE}
    with psycopg.connect(address) as connection, connection.transaction(force_rollback=True):
        with connection.pipeline():
            for statement in making_statements(model, model_id):
                connection.execute(statement)
            connection.execute("SET LOCAL search_path TO ''")
        cursor = connection.cursor(row_factory=class_row(Difference))
        return cursor.execute(_DIFFERENCES, {"revision": STORES_REVISION, **named}).fetchall()


def check_drift(settings: Settings) -> Iterator[Finding]:
    """Compare the tables, indexes, constraints, privileges and roles of all stores with what they should be."""
    if settings.owner_database_url is None:
        yield warning("schemas", "They can only be compared with the owner's address, MENAGERIE_OWNER_DATABASE_URL.")
        return
    try:
        found = differences(settings.owner_database_url.get_secret_value())
    except psycopg.OperationalError as error:
        yield problem("schemas", connection_advice(error))
        return
    except psycopg.Error as error:  # such as an owner who may not create roles
        yield problem("schemas", f"They could not be compared: {str(error).splitlines()[0]}.")
        return
    by_store = defaultdict[str, list[str]](list)
    for difference in found:
        by_store[difference.slug].append(str(difference))
    for slug, sentences in by_store.items():
        more = len(sentences) - _MAX_NAMED
        listed = "; ".join(sentences[:_MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")
        yield problem(
            f"schema of {slug}",
            f"It does not match its revision: {listed}. Change it back, or restore the store from a backup.",
        )
    if not by_store:
        yield ok("schemas", "Every migrated store's tables, indexes, constraints and privileges are as they should be.")
