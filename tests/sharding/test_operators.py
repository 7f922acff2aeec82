"""What operators see of Citus, and how a store from before Citus moves to a node."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from citus import SUPERUSER, Citus, Node
from cli.conftest import Cli, plain_environment
from menagerie.database.bootstrap import CitusDetectedError, bootstrap
from menagerie.database.citus.script import citus_script
from menagerie.runtime import Runtime
from menagerie.settings import Settings, environment
from shop import Shop, open_shop
from workers import stock, totals

SHARD_COMMAND = "FUNCTION worker_apply_shard_ddl_command(bigint, text)"


@pytest.fixture
def cli(cluster: Citus, settings: Settings) -> Cli:
    return Cli(plain_environment() | environment(settings))


def findings(cli: Cli, *, exit_code: int = 0) -> dict[str, tuple[str, str]]:
    found = cli.json("doctor", exit_code=exit_code)
    return {finding["check"]: (finding["state"], finding["message"]) for finding in found}


def test_doctor_checks_every_node(cluster: Citus, cli: Cli, shop: Shop, other: Shop) -> None:
    found = findings(cli)
    assert found["Citus"][0] == "ok"
    assert "stores are on 2 workers." in found["Citus"][1]
    for worker in cluster.workers:
        assert found[f"node localhost:{worker.port}"] == ("ok", "Answers, and is as locked down as the coordinator.")


@contextmanager
def changed(node: Node, there: str, back: str) -> Iterator[None]:
    node.run(there)
    try:
        yield
    finally:
        node.run(back)


def test_doctor_names_the_node_that_is_not_hardened(cluster: Citus, cli: Cli) -> None:
    first, second = cluster.workers
    with changed(
        first, f"GRANT EXECUTE ON {SHARD_COMMAND} TO PUBLIC", f"REVOKE EXECUTE ON {SHARD_COMMAND} FROM PUBLIC"
    ):
        found = findings(cli, exit_code=1)
    state, message = found[f"node localhost:{first.port}, Citus"]
    assert state == "problem"
    assert "EVERY ROLE MAY CALL 1 FUNCTIONS OF CITUS" in message
    assert "menagerie database script --citus" in message
    assert found[f"node localhost:{second.port}"][0] == "ok"


async def test_roles_unknown_to_citus_are_reported_and_registered(
    cluster: Citus, cli: Cli, platform: Runtime, shop: Shop
) -> None:
    """As when stores were created before the extension."""
    for node in cluster.nodes:
        with psycopg.connect(node.address(SUPERUSER), autocommit=True) as connection:
            connection.execute("SET citus.enable_create_role_propagation TO off")
            connection.execute("CREATE ROLE store_of_old NOLOGIN")
            connection.execute("GRANT store_of_old TO menagerie_server")
    state, message = findings(cli, exit_code=1)["Citus"]
    assert (state, "does not know 1 roles" in message) == ("problem", True)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be superuser"):
        await open_shop(platform, shop.client, "late")
    cluster.coordinator.run_script(citus_script("menagerie"))
    assert findings(cli)["Citus"][0] == "ok"
    await open_shop(platform, shop.client, "later")
    cluster.coordinator.run("DROP ROLE store_of_old")


def test_doctor_names_the_unreachable_node(cluster: Citus, cli: Cli) -> None:
    third = cluster.add_worker()
    third.stop()
    try:
        found = findings(cli, exit_code=1)
    finally:
        third.start()
        cluster.remove_worker(third)
    state, message = found[f"node localhost:{third.port}, database"]
    assert (state, "Connection refused" in message) == ("problem", True), message


def test_the_nodes_are_listed_with_their_stores(cluster: Citus, cli: Cli, shop: Shop, other: Shop) -> None:
    before = {row["port"]: row["stores"] for row in cli.json("database", "nodes")}
    assert set(before) == {worker.port for worker in cluster.workers}
    cli("store", "delete", shop.slug, "--confirm", shop.slug)
    after = {row["port"]: row["stores"] for row in cli.json("database", "nodes")}
    assert sum(after.values()) == sum(before.values()) - 1
    output = cli("database", "nodes").stdout
    assert all(f"localhost:{worker.port}" in output for worker in cluster.workers)


def test_menagerie_does_not_administer_citus(cluster: Citus) -> None:
    with pytest.raises(CitusDetectedError, match="menagerie database script --citus"):
        bootstrap(cluster.coordinator.address(SUPERUSER, "postgres"), "menagerie")


async def test_a_store_from_before_citus_works_and_moves_to_a_node_while_open(
    cluster: Citus, cli: Cli, platform: Runtime, shop: Shop, home: Callable[[Shop], Node]
) -> None:
    """As in a database to which the extension was added later: the store's tables are on the coordinator."""
    early = await open_shop(platform, shop.client, "early")
    cluster.coordinator.run("SELECT citus_schema_undistribute(%s::regnamespace)", (early.store.schema,))
    await stock(early, ["Early bird"])
    assert await early.shelf_names() == ["Early bird"]
    assert early.slug in findings_of_citus(cli)
    with psycopg.connect(cluster.coordinator.address("menagerie_owner"), autocommit=True) as owner:
        owner.execute("SELECT citus_schema_distribute(%s::regnamespace)", (early.store.schema,))
    assert home(early) in cluster.workers
    await stock(early, ["Late riser"])
    assert (await totals(early)).pets == 2
    assert set(await early.shelf_names()) == {"Early bird", "Late riser"}
    assert early.slug not in findings_of_citus(cli)


def findings_of_citus(cli: Cli) -> str:
    return " ".join(row["message"] for row in cli.json("doctor") if row["check"] == "Citus")
