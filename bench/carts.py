"""Keep carts as an operation needs them while it is measured: changed carts would soon make it another operation.

Each kind defines a state of all carts, which it restores many times a second, in one short statement.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import psycopg

CART_PETS = 3
_PAUSE_SECONDS = 0.03
_INSERT = (
    "INSERT INTO cart_item (customer_id, pet_id) SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS item (customer, pet) "
    "WHERE NOT EXISTS (SELECT FROM cart_item WHERE customer_id = customer AND pet_id = pet) ON CONFLICT DO NOTHING"
)


class Carts(Protocol):
    """A state to keep the carts in."""

    def tend(self, connection: psycopg.Connection) -> None:
        """Restore that state."""
        ...


@dataclass
class Filled:
    """Carts that always hold the same pets, however often they are removed."""

    items: Sequence[tuple[UUID, UUID]]
    """Pairs of customer and pet."""

    def tend(self, connection: psycopg.Connection) -> None:
        """Add what is missing."""
        connection.execute(_INSERT, tuple(map(list, zip(*self.items, strict=True))))


@dataclass
class Short:
    """Carts that always lack one pet, however many are added."""

    items: Sequence[tuple[UUID, UUID]]

    def tend(self, connection: psycopg.Connection) -> None:
        """Remove everything but the initial pets."""
        customers, pets = map(list, zip(*self.items, strict=True))
        connection.execute(
            "DELETE FROM cart_item WHERE (customer_id, pet_id) NOT IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))",
            (customers, pets),
        )
        connection.execute(_INSERT, (customers, pets))


@dataclass
class Restocked:
    """Carts that are refilled with other pets after each checkout."""

    customers: Sequence[UUID]
    pets: Sequence[UUID]
    _used: int = field(default=0)

    def from_the_end(self) -> "Restocked":
        """The same, with the last pets first."""
        return Restocked(self.customers, self.pets[::-1])

    def tend(self, connection: psycopg.Connection) -> None:
        """Fill the empty carts."""
        rows = connection.execute(
            "SELECT id FROM unnest(%s::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM cart_item WHERE customer_id = id)",
            (list(self.customers),),
        ).fetchall()
        owners = [row[0] for row in rows for _ in range(CART_PETS)]
        pets = self.pets[self._used : self._used + len(owners)]
        self._used += len(pets)
        connection.execute(_INSERT, (owners[: len(pets)], list(pets)))


def empty(connection: psycopg.Connection) -> None:
    """Empty all carts of the store."""
    connection.execute("DELETE FROM cart_item")


@contextlib.contextmanager
def tended(carts: Carts | None, connect: Callable[[], psycopg.Connection]) -> Iterator[None]:
    """Keep the carts in their state during a measurement."""
    if carts is None:
        yield
        return
    over = threading.Event()

    def work() -> None:
        with connect() as connection:
            connection.execute("SET synchronous_commit TO off")  # don't compete for the disk with what is measured
            while not over.wait(_PAUSE_SECONDS):
                carts.tend(connection)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
