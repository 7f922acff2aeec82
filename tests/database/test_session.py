"""A transaction is one unit of work: all or nothing, published only after the commit."""

from collections.abc import Sequence

import psycopg
import pytest
from uuid_utils.compat import uuid7

from database.conftest import Subscriber
from database.transactions import Name, insert, purchases
from menagerie.database.nodes import Nodes
from menagerie.database.session import Database, ReadSession, WriteSession, opened
from menagerie.settings import Settings
from shop import Shop


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_event DEFAULT VALUES",
        "UPDATE pet SET name = 'x'",
        "DELETE FROM cart_item",
        "SELECT name FROM pet FOR UPDATE",
    ],
)
async def test_a_reader_cannot_write(database: Database, shop: Shop, statement: str) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await database.read(shop.store, lambda session: session.fetch(Name, statement))  # type: ignore[arg-type]  # not a LiteralString


async def test_a_reader_has_no_way_to_write(database: Database) -> None:
    assert not {"execute", "execute_composed", "publish"} & set(dir(ReadSession))


async def test_the_server_cannot_write_to_the_platform(database: Database) -> None:
    with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
        await database.read_platform(
            lambda session: session.fetch(Name, "UPDATE platform.store SET name = name RETURNING name")
        )


async def test_writes_are_visible_and_published_after_the_commit(
    database: Database, subscriber: Subscriber, shop: Shop
) -> None:
    async def work(session: WriteSession) -> str:
        await insert(session, uuid7(), shop)
        session.publish("bought")
        assert subscriber.events == []
        return "done"

    assert await database.write(shop.store, work) == "done"
    assert subscriber.events == ["bought"]
    assert await purchases(database, shop) == 1


async def test_published_changes_are_already_visible(settings: Settings, wide: Database, shop: Shop) -> None:
    seen: list[int] = []

    async def look(_tenant: object, _events: Sequence[object]) -> None:
        seen.append(await purchases(wide, shop))

    nodes = Nodes(settings.database_url.get_secret_value(), name="publishing", max_size=1)
    async with opened(Database(nodes, publish=look)) as database:

        async def work(session: WriteSession) -> None:
            await insert(session, uuid7(), shop)
            session.publish("bought")

        await database.write(shop.store, work)
    assert seen == [1]
