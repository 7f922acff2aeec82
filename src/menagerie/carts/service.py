"""Changing a cart and checking out. Every change locks the customer first, so that two devices never interfere."""

from typing import LiteralString
from uuid import UUID

from menagerie.accounts.models import Caller
from menagerie.carts.models import Cart, CartEmptyError
from menagerie.database.session import ReadSession, WriteSession
from menagerie.errors import InvalidArgumentError
from menagerie.pets.models import Availability, Pet
from menagerie.pets.service import DATABASE_TIME, PET_COLUMNS, PET_TABLES, DatabaseTime, PetNotFoundError
from menagerie.purchases.models import PetsUnavailableError, Purchase
from menagerie.purchases.service import begin, own, repeated, sell
from menagerie.stores.idempotency import new_intent

MAX_PETS = 100
_CART: LiteralString = f"""
    SELECT {PET_COLUMNS} FROM {PET_TABLES} JOIN cart_item ON cart_item.pet_id = pet.id
    WHERE cart_item.customer_id = %s ORDER BY cart_item.added_at, pet.id
"""
_LOCK_CART: LiteralString = f"""
    SELECT {PET_COLUMNS} FROM {PET_TABLES} JOIN cart_item ON cart_item.pet_id = pet.id
    WHERE cart_item.customer_id = %s ORDER BY pet.id FOR UPDATE OF pet
"""


async def cart(session: ReadSession, caller: Caller) -> Cart:
    """Fetch the customer's cart. Ends the session."""
    return Cart(await session.finish(Pet, _CART, (caller.account_id,)))


async def add(session: WriteSession, caller: Caller, pet_id: UUID) -> Cart:
    """Put a pet into the cart, unless it is already in it.

    Raises:
        PetNotFoundError: if there is no such pet.
        PetsUnavailableError: if it was sold or removed.
        InvalidArgumentError: if the cart is full.
    """
    await _lock_customer(session, caller)
    chosen = await session.send(Pet, _CART, (caller.account_id,))
    # A shared lock on the pet waits for a concurrent sale or removal, so that the answer is correct.
    pets = await session.fetch(
        Pet,
        f"SELECT {PET_COLUMNS} FROM {PET_TABLES} WHERE pet.id = %s FOR SHARE OF pet",
        (pet_id,),
    )
    if not pets:
        raise PetNotFoundError
    if pets[0].availability is not Availability.AVAILABLE:
        raise PetsUnavailableError(pets, wanted=1, own=await own(session, caller, pets))
    before = await chosen.rows()
    if pet_id in {pet.id for pet in before}:
        return Cart(before)
    if len(before) >= MAX_PETS:
        raise InvalidArgumentError(f"A cart holds at most {MAX_PETS} pets. Check out first.", code="CART_FULL")
    await session.execute(
        "INSERT INTO cart_item (customer_id, pet_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (caller.account_id, pet_id),
    )
    return Cart([*before, *pets])


async def remove(session: WriteSession, caller: Caller, pet_id: UUID) -> Cart:
    """Take a pet out of the cart, if it is in it."""
    await _lock_customer(session, caller)
    await session.execute("DELETE FROM cart_item WHERE customer_id = %s AND pet_id = %s", (caller.account_id, pet_id))
    return await cart(session, caller)


async def remove_unavailable(session: WriteSession, caller: Caller) -> Cart:
    """Take the sold and removed pets out of the cart."""
    await _lock_customer(session, caller)
    await session.execute(
        "DELETE FROM cart_item USING pet WHERE pet.id = cart_item.pet_id AND cart_item.customer_id = %s "
        "AND (pet.sold_at IS NOT NULL OR pet.removed_at IS NOT NULL)",
        (caller.account_id,),
    )
    return await cart(session, caller)


async def checkout(session: WriteSession, caller: Caller, key: str | None) -> Purchase:
    """Buy everything in the cart, or nothing.

    Raises:
        CartEmptyError: if it is empty.
        PetsUnavailableError: naming the pets that were sold or removed; the cart is unchanged.
        InvalidArgumentError: if the idempotency key was used for something else.
    """
    intent = new_intent(key, "checkout")
    claimed = await begin(session, caller, intent)
    locked = await session.send(Pet, _LOCK_CART, (caller.account_id,))
    database_time = await session.send(DatabaseTime, DATABASE_TIME)
    if (earlier := await repeated(session, claimed)) is not None:
        return earlier
    wanted = await locked.rows()
    if not wanted:
        raise CartEmptyError
    return await sell(session, caller, wanted, intent, (await database_time.rows())[0])


async def _lock_customer(session: WriteSession, caller: Caller) -> None:
    await session.execute("SELECT FROM customer WHERE id = %s FOR NO KEY UPDATE", (caller.account_id,))
