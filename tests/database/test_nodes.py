"""How a store's node is found. Tests that need several nodes are in tests/sharding."""

import psycopg
import psycopg_pool
import pytest
from psycopg.conninfo import conninfo_to_dict

from menagerie.database.citus.catalog import Node, node_address
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database
from menagerie.database.transient import was_not_applied
from shop import Shop
from workers import counted_statements


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://menagerie_server:s%40cret@db0:5432/menagerie?sslmode=verify-full&sslrootcert=/ca.pem",
        "host=a,b user=menagerie_server password=s@cret dbname=menagerie sslmode=verify-full sslrootcert=/ca.pem",
        "postgresql://menagerie_server:s%40cret@db0/menagerie?hostaddr=10.0.0.1&sslmode=verify-full&sslrootcert=/ca.pem",
    ],
)
def test_another_node_is_reached_in_the_same_way(address: str) -> None:
    assert conninfo_to_dict(node_address(address, Node("db1.example.com", 6432))) == {
        "host": "db1.example.com",
        "port": "6432",
        "user": "menagerie_server",
        "password": "s@cret",
        "dbname": "menagerie",
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
    }


class Lost(psycopg.OperationalError):
    """An error with the SQLSTATE that the server sent before the connection ended, or None."""

    def __init__(self, state: str | None) -> None:
        super().__init__()
        self.sqlstate = state


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (psycopg_pool.PoolTimeout(), True),
        (psycopg.errors.ConnectionFailure(), True),
        (psycopg.errors.UndefinedTable(), True),
        # These may have been committed.
        (Lost(None), False),
        (Lost("57P01"), False),
        (psycopg.errors.UniqueViolation(), False),
    ],
)
def test_only_work_that_was_not_applied_is_retried_elsewhere(error: psycopg.Error, refused: bool) -> None:
    assert was_not_applied(error) is refused


@pytest.mark.usefixtures("queries")  # skips unless on a plain PostgreSQL
async def test_a_plain_server_is_asked_once_whether_it_is_citus(database: Database, shop: Shop, other: Shop) -> None:
    nodes: Nodes = database.nodes
    with counted_statements() as statements:
        for each in (shop, other, shop):
            assert await nodes.pool_of(each.store) is nodes.coordinator
            assert await nodes.find_pool(each.store) is nodes.coordinator
    assert len(statements.texts) == 1
