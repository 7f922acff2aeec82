"""The script that an administrator of Citus runs once, and again after its nodes or its version change.

The database already exists on every node, with the extension in it. Roles and their privileges on the database
propagate from the coordinator; each node is hardened by itself.
"""

from menagerie.database.citus.catalog import HIDING_SHARDS
from menagerie.database.privileges import OWNER_ROLE, SERVER_ROLE, database_statements, hardening_statements
from menagerie.database.psql import create_roles, ended, lines

# Citus adds hundreds of functions that every role may call. Some run a statement passed to them, with which an
# injected SELECT could change its role. Every query of the catalogue needs two of them, to hide shards.
_HARDEN_EVERY_NODE = """\
DO $everywhere$
DECLARE
    failed text;
BEGIN
    SELECT string_agg(format('%s:%s: %s', nodename, nodeport, result), '; ') INTO failed
    FROM run_command_on_all_nodes($hardening$
        DO $here$
        DECLARE
            routine regprocedure;
        BEGIN
{hardening}
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
    $hardening$) LEFT JOIN pg_dist_node USING (nodeid)
    WHERE NOT success;
    IF failed IS NOT NULL THEN
        RAISE EXCEPTION 'Not every node is hardened: %', failed;
    END IF;
END $everywhere$;"""


def citus_script(database: str) -> str:
    """The script for psql, to be run on the coordinator."""
    return lines(
        "-- Run as a superuser on Citus' coordinator, in the database that Citus is in: psql -v ON_ERROR_STOP=1",
        f"-- -d {database} -f <this file>. Then give both roles a password: \\password. Run it again after a node was",
        "-- added and after ALTER EXTENSION citus UPDATE.",
        *create_roles(),
        # Citus propagates the roles that it saw being created; it learns of older ones when they get a member.
        "CREATE ROLE menagerie_known NOLOGIN;",
        f"GRANT {OWNER_ROLE}, {SERVER_ROLE} TO menagerie_known;",
        f"SELECT format('GRANT %s TO menagerie_known', m.roleid::regrole) FROM pg_auth_members m WHERE m.member = "
        f"'{SERVER_ROLE}'::regrole AND NOT EXISTS (SELECT FROM pg_dist_object "
        "WHERE classid = 'pg_authid'::regclass AND objid = m.roleid) \\gexec",
        "DROP ROLE menagerie_known;",
        # A cached connection of the owner would fail on its first use after a node restarts.
        f"ALTER ROLE {OWNER_ROLE} SET citus.max_cached_conns_per_worker TO 0;",
        *ended(database_statements(database)),
        _HARDEN_EVERY_NODE.format(
            hardening="\n".join(f"            {statement};" for statement in hardening_statements()),
            hiding=", ".join(f"'{name}'" for name in HIDING_SHARDS),
            owner=OWNER_ROLE,
        ),
    )
