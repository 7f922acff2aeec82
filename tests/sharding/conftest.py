"""What only Citus shows: stores on several nodes, that move and whose nodes go away."""

from collections.abc import Callable

import pytest

from citus import Citus, Node
from shop import Shop

NOTHING = "Nothing of Citus was proven: MENAGERIE_CITUS must name the programs of a PostgreSQL that has it (…/bin)."


@pytest.fixture(scope="session")
def cluster(citus: Citus | None) -> Citus:
    if citus is None:
        pytest.skip(NOTHING)
    return citus


@pytest.fixture
def home(cluster: Citus) -> Callable[[Shop], Node]:
    """The node that a store is on, as Citus tells it."""

    return lambda shop: cluster.home(shop.store.schema)
