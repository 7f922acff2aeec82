"""Citus brings hundreds of functions. None leads out of a store, because none may be called at all."""

import psycopg
import pytest
from psycopg import sql

from citus import Citus
from shop import Shop

OURS = """
    SELECT p.oid::regprocedure::text FROM pg_proc p
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
    WHERE e.extname LIKE 'citus%%' AND has_function_privilege(%s, p.oid, 'EXECUTE')
"""
# Every query of pg_class calls these to decide whether to show a table.
VISIBILITY_FUNCTIONS = {"relation_is_a_known_shard(regclass)", "citus_table_is_visible(oid)"}


def test_only_the_owner_may_call_functions_of_citus(cluster: Citus, shop: Shop) -> None:
    for node in cluster.nodes:
        for role in ("menagerie_server", shop.store.role):
            callable_ = {str(row[0]) for row in node.run(OURS, (role,))}
            assert callable_ == VISIBILITY_FUNCTIONS, (node.name, role)
        assert len(node.run(OURS, ("menagerie_owner",))) > 100


ATTACKS = {
    "a role by a statement for a shard": "SELECT worker_apply_shard_ddl_command(1, 'SET ROLE {role}'), "
    "query_to_xml('SELECT name FROM {schema}.pet', true, false, '')",
    "a role by a statement for roles": "SELECT worker_create_or_alter_role('{role}', NULL, 'SET ROLE {role}')",
    "a statement on every node": "SELECT * FROM run_command_on_all_nodes('SELECT name FROM {schema}.pet')",
    "a statement on the workers": "SELECT * FROM run_command_on_workers('SELECT name FROM {schema}.pet')",
    "how nodes sign in": "SELECT authinfo FROM pg_catalog.pg_dist_authinfo",
    "a move of another store": "SELECT citus_schema_move('{schema}', 'localhost', 1)",
    "another store, no shard any more": "SELECT citus_schema_undistribute('{schema}')",
    "results of others": "SELECT * FROM read_intermediate_result('1', 'text') AS r (value text)",
    "queries of others": "SELECT query FROM citus_stat_activity()",
    "locks of others": "SELECT * FROM citus_lock_waits",
    "a node fewer": "SELECT citus_remove_node('localhost', 1)",
}


@pytest.mark.parametrize("statement", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_by_citus_functions_is_refused(cluster: Citus, shop: Shop, other: Shop, statement: str) -> None:
    text = statement.format(schema=other.store.schema, role=other.store.role)
    for node in cluster.nodes:
        with psycopg.connect(node.address("menagerie_server")) as connection:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(shop.store.role)))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(text.encode())
