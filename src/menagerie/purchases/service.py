"""Buying. Lock the customer, then the wanted pets in the order of their ids, check them, and sell all or none.

Two pipelined round trips: locks and checks go out with BEGIN, the sale goes out with COMMIT. The lock on the customer
serializes their requests, so that one idempotency key has one outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from menagerie.accounts.models import Caller
from menagerie.database.paging import Page, checked_first, decode_cursor
from menagerie.database.session import ReadSession, WriteSession
from menagerie.pets.models import Availability, Pet, ShelfChanged, ShelfChangeKind
from menagerie.pets.service import DATABASE_TIME, LOCK_PETS, PET_COLUMNS, PET_TABLES, DatabaseTime, PetNotFoundError
from menagerie.purchases.models import PetsUnavailableError, Purchase
from menagerie.stores.audit import audit
from menagerie.stores.idempotency import Claim, Intent, claim, new_intent
from menagerie.stores.models import Store

PURCHASES_LIST = "purchases"


@dataclass(frozen=True, slots=True)
class _BoughtPet(Pet):
    """A pet, and the purchase that it was part of."""

    purchase_id: UUID
    purchased_at: datetime


@dataclass(frozen=True, slots=True)
class _PurchaseRow:
    id: UUID
    purchased_at: datetime


@dataclass(frozen=True, slots=True)
class _Own:
    pet_id: UUID


@dataclass(frozen=True, slots=True)
class _Count:
    count: int


async def purchase_pet(session: WriteSession, caller: Caller, pet_id: UUID, key: str | None) -> Purchase:
    """Buy one pet.

    Raises:
        PetNotFoundError: if there is no such pet.
        PetsUnavailableError: if it was sold or removed.
        InvalidArgumentError: if the idempotency key was used for something else.
    """
    intent = new_intent(key, "purchase", pet_id)
    claimed = await begin(session, caller, intent)
    pets = await session.send(Pet, LOCK_PETS, ([pet_id],))
    database_time = await session.send(DatabaseTime, DATABASE_TIME)
    if (earlier := await repeated(session, claimed)) is not None:
        return earlier
    wanted = await pets.rows()
    if not wanted:
        raise PetNotFoundError
    return await sell(session, caller, wanted, intent, (await database_time.rows())[0])


async def begin(session: WriteSession, caller: Caller, intent: Intent) -> Claim:
    """Lock the customer and claim the intent's key, without waiting for either yet."""
    await session.execute("SELECT FROM customer WHERE id = %s FOR NO KEY UPDATE", (caller.account_id,))
    return await claim(session, caller.account_id, intent)


async def repeated(session: WriteSession, claimed: Claim) -> Purchase | None:
    """Return the earlier purchase of the same intent, if any. That ends the session.

    Raises:
        InvalidArgumentError: if its key was used for something else.
    """
    earlier = await claimed.earlier()
    return None if earlier is None else await find_purchase(session, earlier)


async def sell(
    session: WriteSession, caller: Caller, wanted: Sequence[Pet], intent: Intent, database_time: DatabaseTime
) -> Purchase:
    """Sell locked pets to the customer, all or none. `database_time` was taken after the pets were locked.

    Raises:
        PetsUnavailableError: naming the pets that were sold or removed.
    """
    unavailable = [pet for pet in wanted if pet.availability is not Availability.AVAILABLE]
    if unavailable:
        raise PetsUnavailableError(unavailable, wanted=len(wanted), own=await own(session, caller, unavailable))
    purchase_id, ids = intent.result_id, [pet.id for pet in wanted]
    await session.execute(
        "INSERT INTO purchase (id, customer_id, purchased_at) VALUES (%s, %s, %s)",
        (purchase_id, caller.account_id, database_time.now),
    )
    await session.execute("UPDATE pet SET sold_at = %s WHERE id = ANY(%s)", (database_time.now, ids))
    await session.execute(
        "INSERT INTO purchase_item (pet_id, purchase_id) SELECT unnest(%s::uuid[]), %s", (ids, purchase_id)
    )
    await session.execute("DELETE FROM cart_item WHERE customer_id = %s AND pet_id = ANY(%s)", (caller.account_id, ids))
    await audit(session, caller.actor, "pets bought", purchase_id)
    session.publish(ShelfChanged(ShelfChangeKind.SOLD, tuple(ids)))
    return Purchase(purchase_id, database_time.now, [replace(pet, sold_at=database_time.now) for pet in wanted])


async def own(session: ReadSession, caller: Caller, pets: Sequence[Pet]) -> set[UUID]:
    """Which of the pets this customer has bought."""
    rows = await session.fetch(
        _Own,
        "SELECT i.pet_id FROM purchase_item i JOIN purchase p ON p.id = i.purchase_id "
        "WHERE p.customer_id = %s AND i.pet_id = ANY(%s)",
        (caller.account_id, [pet.id for pet in pets]),
    )
    return {row.pet_id for row in rows}


async def find_purchase(session: ReadSession, purchase_id: UUID) -> Purchase:
    """Fetch a purchase with its pets. Ends the session."""
    rows = await session.send(_PurchaseRow, "SELECT id, purchased_at FROM purchase WHERE id = %s", (purchase_id,))
    pets = await session.finish(
        Pet,
        f"SELECT {PET_COLUMNS} FROM {PET_TABLES} JOIN purchase_item i ON i.pet_id = pet.id "
        "WHERE i.purchase_id = %s ORDER BY pet.id",
        (purchase_id,),
    )
    row = (await rows.rows())[0]
    return Purchase(row.id, row.purchased_at, pets)


async def purchases(
    session: ReadSession, store: Store, customer_id: UUID, *, first: int, after: str | None
) -> Page[Purchase]:
    """Fetch a page of the customer's purchases, latest first. Ends the session.

    Raises:
        InvalidArgumentError: for an invalid page size or cursor.
    """
    keyset: LiteralString = ""
    key: list[UUID] = []
    if after is not None:
        keyset, key = " AND id < %s", [UUID(str(decode_cursor(store.key.sign, PURCHASES_LIST, after)[0]))]
    bought = await session.send(
        _BoughtPet,
        f"SELECT {PET_COLUMNS}, p.id AS purchase_id, p.purchased_at FROM (SELECT id, purchased_at FROM purchase "
        f"WHERE customer_id = %s{keyset} ORDER BY id DESC LIMIT %s) p JOIN purchase_item i ON i.purchase_id = p.id "
        "JOIN pet ON pet.id = i.pet_id JOIN picture ON picture.id = pet.picture_id ORDER BY p.id DESC, pet.id",
        (customer_id, *key, checked_first(first) + 1),
    )
    count = await session.finish(
        _Count, "SELECT count(*) AS count FROM purchase WHERE customer_id = %s", (customer_id,)
    )
    found: dict[UUID, Purchase] = {}
    for pet in await bought.rows():
        earlier = found.get(pet.purchase_id)
        found[pet.purchase_id] = Purchase(pet.purchase_id, pet.purchased_at, [*(earlier.pets if earlier else ()), pet])
    items = list(found.values())
    return Page(items[:first], count[0].count, has_next=len(items) > first, has_previous=after is not None)
