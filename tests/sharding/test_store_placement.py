"""Each store is on one node, and its role can do something only there."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from citus import SUPERUSER, Citus, Node
from menagerie.runtime import Runtime
from menagerie.stores.provision import delete_store
from shop import Shop, open_shop


@dataclass
class Served:
    port: int
    login: str
    role: str


async def served(shop: Shop) -> Served | None:
    statement = "SELECT inet_server_port() AS port, session_user::text AS login, current_user::text AS role"
    return await shop.runtime.database.read(shop.store, lambda session: session.fetch_one(Served, statement))


async def test_a_store_is_served_by_its_own_node(shop: Shop, other: Shop, home: Callable[[Shop], Node]) -> None:
    for each in (shop, other):
        assert await served(each) == Served(home(each).port, "menagerie_server", each.store.role)


async def test_stores_are_spread_over_the_workers(cluster: Citus, shop: Shop, platform: Runtime, home) -> None:
    shops = [shop, *[await open_shop(platform, shop.client, f"spread{number}") for number in range(3)]]
    assert {home(each).name for each in shops} == {worker.name for worker in cluster.workers}


async def test_no_table_of_a_store_is_left_behind_on_the_coordinator(cluster: Citus, shop: Shop) -> None:
    """Citus doesn't complain about a table that it doesn't notice."""
    left = cluster.coordinator.run(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = %s::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = c.oid)",
        (shop.store.schema,),
    )
    assert left == []


@pytest.mark.parametrize("number", range(3), ids=["coordinator", "first", "second"])
async def test_no_role_of_a_store_can_sign_in_anywhere(cluster: Citus, shop: Shop, number: int) -> None:
    node = cluster.nodes[number]
    assert node.run("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (shop.store.role,)) == [(False,)]
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects connection"):
        psycopg.connect(node.address(SUPERUSER).replace(f"//{SUPERUSER}:", f"//{shop.store.role}:"))


async def test_another_node_cannot_act_for_a_store(
    cluster: Citus, shop: Shop, other: Shop, home: Callable[[Shop], Node]
) -> None:
    """The server's password works on every node, but a store's privileges on only one."""
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(shop.store.schema, "pet"))
    for node in cluster.nodes:
        with psycopg.connect(node.address("menagerie_server")) as connection:
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(shop.store.role)))
            if node is home(shop):
                assert connection.execute(statement).fetchone() == (0,)
                continue
            with pytest.raises(psycopg.OperationalError) as refused:
                connection.execute(statement)
            assert refused.value.sqlstate == "08006"


async def test_a_deleted_store_leaves_nothing_on_any_node(cluster: Citus, shop: Shop, other: Shop) -> None:
    await delete_store(shop.runtime.stores, shop.store)
    for node in cluster.nodes:
        assert node.run("SELECT 1 FROM pg_roles WHERE rolname = %s", (shop.store.role,)) == []
        assert node.run("SELECT 1 FROM pg_namespace WHERE nspname = %s", (shop.store.schema,)) == []
        assert node.run("SELECT 1 FROM pg_roles WHERE rolname = %s", (other.store.role,)) != []
    assert await served(other) is not None
