"""Work for tests of transactions: writing purchases and counting them."""

from dataclasses import dataclass
from uuid import UUID

from menagerie.database.session import Database, WriteSession
from shop import Shop


@dataclass
class Name:
    name: str


@dataclass
class Count:
    count: int


async def insert(session: WriteSession, purchase: UUID, shop: Shop) -> None:
    await session.execute(
        "INSERT INTO purchase (id, customer_id, purchased_at) VALUES (%s, %s, now())",
        (purchase, shop.customers["ada@example.com"]),
    )


async def purchases(database: Database, shop: Shop) -> int:
    rows = await database.read(shop.store, lambda session: session.fetch(Count, "SELECT count(*) FROM purchase"))
    return rows[0].count
