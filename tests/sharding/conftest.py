"""Tests that need Citus: stores on several nodes that move, and nodes that fail."""

from collections.abc import Callable

import pytest

from citus import Citus, Node
from shop import Shop

NOTHING = "Nothing of Citus was tested: MENAGERIE_CITUS must name the programs of a PostgreSQL with Citus (…/bin)."


@pytest.fixture(scope="session")
def cluster(citus: Citus | None) -> Citus:
    if citus is None:
        pytest.skip(NOTHING)
    return citus


@pytest.fixture
def home(cluster: Citus) -> Callable[[Shop], Node]:
    """The node that a store is on, according to Citus."""

    return lambda shop: cluster.home(shop.store.schema)
