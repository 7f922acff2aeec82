"""Helpers for tests of several workers: another worker, clients at other addresses, stock, statements, totals."""

import asyncio
import ipaddress
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import httpx
import psycopg
from asgi_lifespan import LifespanManager

from menagerie.api.app import Application
from menagerie.database.exchange import Exchange
from menagerie.overdue_versions import TASK as OVERDUE_TASK
from menagerie.pets import service
from menagerie.pets.models import NewPet, Species
from menagerie.pets.renditions import Renditions, decode
from menagerie.runtime import Runtime
from menagerie.settings import Settings
from menagerie.stores.models import Actor
from shop import PICTURE, Shop

_addresses = map(str, (ipaddress.ip_address("198.18.0.1") + number for number in itertools.count()))


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A worker like another process: an application with its own pools, memory and connection to Valkey."""
    application = Application(settings)
    async with (
        LifespanManager(application, startup_timeout=30, shutdown_timeout=30),
        _client(application) as client,
    ):
        yield client


def _client(application: Any) -> httpx.AsyncClient:
    # Its own address, because failed attempts are counted per address.
    transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=(next(_addresses), 50_000))
    return httpx.AsyncClient(transport=transport, base_url="https://localhost:8443", timeout=60)


def elsewhere(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of the same worker from a new address."""
    return _client(application_of(client))


def from_address(client: httpx.AsyncClient, address: str) -> httpx.AsyncClient:
    """A client of the same worker from this address."""
    made = elsewhere(client)
    assert isinstance(made._transport, httpx.ASGITransport)
    made._transport.client = (address, 50_000)
    return made


def address_of(client: httpx.AsyncClient) -> str:
    """The address that a client calls from."""
    assert isinstance(client._transport, httpx.ASGITransport)
    return client._transport.client[0]


def application_of(client: httpx.AsyncClient) -> Application:
    """The application that a client calls without a network."""
    assert isinstance(client._transport, httpx.ASGITransport)
    application = client._transport.app
    assert isinstance(application, Application)
    return application


def process(shop: Shop) -> Runtime:
    """The runtime of this shop's worker."""
    runtime = application_of(shop.client)._runtime
    assert runtime is not None
    return runtime


def at(shop: Shop, client: httpx.AsyncClient) -> Shop:
    """The same store through another client."""
    return replace(shop, client=client)


@cache
def renditions() -> Renditions:
    made = decode(PICTURE, ".jpg")
    assert isinstance(made, Renditions)
    return made


async def stock(
    shop: Shop, names: Sequence[str], species: Species = Species.CAT, age: int | list[int] = 2
) -> list[str]:
    """List pets in one transaction, without the cost of uploading pictures. Returns their ids."""
    actor = Actor(shop.store.id, "test")
    ages = age if isinstance(age, list) else [age] * len(names)

    async def work(session: Any) -> list[str]:
        listed = []
        for name, years in zip(names, ages, strict=True):
            new = NewPet(name, species, years, "A pet of the tests.", "Berta Breeder", "berta@breeders.example")
            intent = service.listing_intent(None, new, PICTURE)
            pet = await service.list_once(session, shop.store, actor, new, renditions(), intent)
            listed.append(str(pet.id))
        return listed

    return await shop.runtime.database.write(shop.store, work)


@dataclass(frozen=True)
class Totals:
    """Counts of the rows in a store's tables."""

    pets: int
    available: int
    sold: int
    removed: int
    purchases: int
    items: int
    items_of_unsold: int
    empty_purchases: int
    cart_items: int
    customers: int
    keys: int
    tokens: int
    pictures: int

    def balance(self) -> None:
        assert self.sold == self.items
        assert self.available == self.pets - self.sold - self.removed
        assert self.items_of_unsold == 0
        assert self.empty_purchases == 0


async def totals(shop: Shop) -> Totals:
    found = await shop.runtime.database.read(
        shop.store,
        lambda session: session.fetch_one(
            Totals,
            """SELECT (SELECT count(*) FROM pet) AS pets,
            (SELECT count(*) FROM pet WHERE sold_at IS NULL AND removed_at IS NULL) AS available,
            (SELECT count(*) FROM pet WHERE sold_at IS NOT NULL) AS sold,
            (SELECT count(*) FROM pet WHERE removed_at IS NOT NULL) AS removed,
            (SELECT count(*) FROM purchase) AS purchases,
            (SELECT count(*) FROM purchase_item) AS items,
            (SELECT count(*) FROM purchase_item JOIN pet ON pet.id = pet_id WHERE sold_at IS NULL) AS items_of_unsold,
            (SELECT count(*) FROM purchase WHERE NOT EXISTS
                (SELECT FROM purchase_item WHERE purchase_id = purchase.id)) AS empty_purchases,
            (SELECT count(*) FROM cart_item) AS cart_items,
            (SELECT count(*) FROM customer) AS customers,
            (SELECT count(*) FROM idempotency) AS keys,
            (SELECT count(*) FROM access_token) AS tokens,
            (SELECT count(*) FROM picture) AS pictures""",
        ),
    )
    assert found is not None
    return found


@dataclass
class Statements:
    """The statements that this process sends to PostgreSQL."""

    texts: list[str] = field(default_factory=list)

    def of(self, part: str) -> int:
        return sum(part in text for text in self.texts)


def _counts() -> bool:
    """Whether a request sends the statement, and not the task that looks for overdue versions every second."""
    task = asyncio.current_task()
    return task is None or task.get_name() != OVERDUE_TASK


@contextmanager
def counted_statements() -> Iterator[Statements]:
    """Watches both paths of statements: a transaction's pipeline, and psycopg for everything else."""
    statements, execute, run = Statements(), psycopg.AsyncCursor.execute, Exchange.run

    async def watched_execute(self: Any, query: Any, *arguments: Any, **keywords: Any) -> Any:
        if _counts():
            statements.texts.append(str(query))
        return await execute(self, query, *arguments, **keywords)

    async def watched_run(self: Any) -> None:
        if _counts():
            statements.texts += [sent.text.decode() for sent in self._statements]
        await run(self)

    psycopg.AsyncCursor.execute, Exchange.run = watched_execute, watched_run
    try:
        yield statements
    finally:
        psycopg.AsyncCursor.execute, Exchange.run = execute, run
