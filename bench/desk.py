"""Manage the large store while its operations are measured: its customers, its shelf and its sales."""

import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from population import Population, Shop, connected, enter, insert_pets, insert_tokens, settle
from request import Request, basic, operation
from workbench import Workbench

CUSTOMERS = 600
"""Enough that neither the lock on one of them is measured, nor the wait until a cart is filled again."""


class Desk:
    """The customers who send requests, in turn, and the available pets."""

    def __init__(self, bench: Workbench, population: Population, most: int) -> None:
        self._bench = bench
        self.shops = population.shops
        self.shop: Shop = self.shops[0]
        self.most = most
        """How many requests must suffice if each can be sent only once."""
        self.customers = [account.id for account in self.shop.customers[:CUSTOMERS]]
        with self.connect() as connection:
            self.authorizations = self.signed_in(connection, self.shop)

    def connect(self) -> psycopg.Connection:
        """A connection as the superuser, in the large store."""
        return self.connect_to(self.shop)

    def connect_to(self, shop: Shop) -> psycopg.Connection:
        """A connection as the superuser, in any store."""
        connection = connected(self._bench.installation)
        enter(connection, shop.store)
        return connection

    def each(self, query: str, variables: dict[str, Any] | None = None) -> list[Request]:
        """The same request from every customer."""
        return self.turns(query, [variables] * CUSTOMERS)

    def turns(self, query: str, variables: Iterable[dict[str, Any] | None]) -> list[Request]:
        """One request per set of variables, from the customers in turn."""
        pairs = zip(itertools.cycle(self.authorizations), variables, strict=False)
        return [operation("storefront", authorization, query, each) for authorization, each in pairs]

    def signed_in(self, connection: psycopg.Connection, shop: Shop) -> list[str]:
        """Authorization headers with tokens of a store's customers; the connection must be in that store."""
        accounts = shop.customers[:CUSTOMERS]
        pairs = zip(accounts, insert_tokens(connection, accounts), strict=True)
        return [basic(f"{shop.store.slug}/{account.email}", token) for account, token in pairs]

    def available(self, count: int) -> list[UUID]:
        """Find `count` available pets, or as many as there are."""
        with self.connect() as connection:
            rows = connection.execute(
                "SELECT id FROM pet WHERE sold_at IS NULL AND removed_at IS NULL ORDER BY id LIMIT %s", (count,)
            ).fetchall()
        return [row[0] for row in rows]

    def stocked(self, count: int) -> list[UUID]:
        """Find `count` available pets, adding new ones if the shelf has too few."""
        pets = self.available(count)
        if len(pets) < count:
            with self.connect() as connection:
                pets += insert_pets(connection, self.shop, count - len(pets), seed=random.randrange(1 << 32))
                settle(connection)
        return pets

    def sell(self, sizes: Sequence[int]) -> None:
        """Insert purchases of these sizes for every customer, bypassing the server."""
        pets = iter(self.available(sum(sizes) * CUSTOMERS))
        with self.connect() as connection:
            for customer, size in itertools.product(self.customers, sizes):
                sold = list(itertools.islice(pets, size))
                connection.execute(
                    "WITH bought AS (INSERT INTO purchase (id, customer_id, purchased_at) "
                    "VALUES (gen_random_uuid(), %s, now()) RETURNING id), items AS (INSERT INTO purchase_item "
                    "(pet_id, purchase_id) SELECT pet, bought.id FROM bought, unnest(%s::uuid[]) AS pet) "
                    "UPDATE pet SET sold_at = now() WHERE id = ANY(%s)",
                    (customer, sold, sold),
                )
            settle(connection)

    def sales(self) -> int:
        """How many purchases have been made in the store so far."""
        with self.connect() as connection:
            row = connection.execute("SELECT count(*) FROM purchase").fetchone()
            return int(row[0]) if row else 0
