"""`Database` objects for the tests of transactions, with as many connections as each needs.

They prepare statements as servers do, but so few that some are always evicted.
"""

from collections.abc import AsyncIterator, Sequence

import pytest

from citus import Citus
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database, opened
from menagerie.settings import Settings

PREPARED = 5


class Subscriber:
    """A subscriber that records the published events."""

    def __init__(self) -> None:
        self.events: list[object] = []

    async def __call__(self, tenant: object, events: Sequence[object]) -> None:
        self.events += events


@pytest.fixture
def single_server(citus: Citus | None) -> None:
    """Skip tests of one server's connections, plans or pools if the stores are on several."""
    if citus is not None:
        pytest.skip("This looks at one server's connections or plans; on Citus the stores are on several.")


@pytest.fixture
def subscriber() -> Subscriber:
    return Subscriber()


@pytest.fixture
async def database(settings: Settings, subscriber: Subscriber) -> AsyncIterator[Database]:
    """Only one connection, so that anything a failure leaves behind would show."""
    nodes = Nodes(settings.database_url.get_secret_value(), name="one", max_size=1, prepared=PREPARED)
    async with opened(Database(nodes, publish=subscriber)) as made:
        yield made


@pytest.fixture
async def wide(settings: Settings) -> AsyncIterator[Database]:
    nodes = Nodes(settings.database_url.get_secret_value(), name="wide", max_size=4, prepared=PREPARED)
    async with opened(Database(nodes)) as made:
        yield made
