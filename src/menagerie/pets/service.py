"""Finding pets, listing new ones, and taking them off the shelf."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from uuid_utils.compat import uuid7

from menagerie.database.session import ReadSession, WriteSession
from menagerie.errors import DomainError
from menagerie.pets import pictures
from menagerie.pets.models import NewPet, Pet, ShelfChanged, ShelfChangeKind
from menagerie.pets.renditions import Renditions
from menagerie.stores.audit import audit
from menagerie.stores.idempotency import Intent, claim, new_intent
from menagerie.stores.models import Actor, Store
from menagerie.text import bidi_isolate
from menagerie.validation import FieldProblem, Validation

MAX_NAME_LENGTH, MAX_DESCRIPTION_LENGTH = 80, 2_000
MAX_AGE_YEARS = 60
"""No cat, dog or frog has been older; a larger number is a typing error."""

PET_COLUMNS: LiteralString = """
    pet.id, pet.name, pet.species, pet.age_years, pet.description, pet.created_at, pet.sold_at, pet.removed_at,
    pet.picture_id, picture.width AS picture_width, picture.height AS picture_height,
    picture.placeholder AS picture_placeholder, pet.breeder_name, pet.breeder_email
"""
PET_TABLES: LiteralString = "pet JOIN picture ON picture.id = pet.picture_id"
_PETS: LiteralString = f"SELECT {PET_COLUMNS} FROM {PET_TABLES} WHERE pet.id = ANY(%s) ORDER BY pet.id"
# Everything that sells or removes pets takes this lock, always in this order, so that no two transactions deadlock.
LOCK_PETS: LiteralString = f"""
    SELECT {PET_COLUMNS} FROM {PET_TABLES} WHERE pet.id = ANY(%s) ORDER BY pet.id FOR UPDATE OF pet
"""
# Sent after the locking statement, so that it is the time at which the lock was acquired. It is a statement of its own
# because Citus accepts no volatile functions in writes.
DATABASE_TIME: LiteralString = "SELECT clock_timestamp() AS now"


@dataclass(frozen=True, slots=True)
class DatabaseTime:
    """The database's clock."""

    now: datetime


class PetNotFoundError(DomainError):
    """There is no such pet in this store; look at the shelf again."""

    def __init__(self) -> None:
        super().__init__("This pet is not in the store. The address may be wrong.")


class PetSoldError(DomainError):
    """The pet was sold and can't be removed any more."""

    def __init__(self, pet: Pet, sold_at: datetime) -> None:
        super().__init__(f"{bidi_isolate(pet.name)} has already been sold and can't be removed.")
        self.sold_at = sold_at


class PetInvalidError(DomainError):
    """The pet's details are invalid; `problems` lists the fields."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("The pet was not listed. " + " ".join(problem.message for problem in problems))
        self.problems = problems


async def find_many(session: ReadSession, pet_ids: Sequence[UUID]) -> list[Pet]:
    """Find the pets with these ids, in the order of their ids. Ends the session."""
    return await session.finish(Pet, _PETS, (list(pet_ids),))


def checked(new: NewPet) -> NewPet:
    """Validate a pet and return it as it will be stored.

    Raises:
        PetInvalidError: listing every invalid field.
    """
    validation = Validation()
    name = validation.text("name", new.name, label="The name", max_length=MAX_NAME_LENGTH)
    description = validation.text(
        "description", new.description, label="The description", max_length=MAX_DESCRIPTION_LENGTH, lines=True
    )
    if new.age_years < 0:
        validation.add("ageYears", "The age cannot be negative. Use 0 for a pet under a year.")
    elif new.age_years > MAX_AGE_YEARS:
        validation.add("ageYears", f"The age is in years and can be at most {MAX_AGE_YEARS}.")
    breeder_name = validation.text(
        "breederName", new.breeder_name, label="The breeder's name", max_length=MAX_NAME_LENGTH
    )
    breeder_email = validation.email("breederEmail", new.breeder_email)
    if validation.problems:
        raise PetInvalidError(validation.problems)
    return NewPet(name, new.species, new.age_years, description, breeder_name, breeder_email)


def listing_intent(key: str | None, new: NewPet, content: bytes) -> Intent:
    """The intent to list this pet with this picture."""
    # Field by field: omit a field added later if it is not given, so that keys stay valid across the upgrade.
    given = (new.name, new.species.value, new.age_years, new.description, new.breeder_name, new.breeder_email)
    return new_intent(key, "list", *given, hashlib.sha256(content).hexdigest())


async def list_once(  # noqa: PLR0917  who lists what, with which pictures, under which intent
    session: WriteSession,
    store: Store,
    actor: Actor,
    new: NewPet,
    renditions: Renditions,
    intent: Intent,
) -> Pet:
    """List a validated pet, or find the one that the same intent listed before.

    Raises:
        InvalidArgumentError: if the idempotency key was used for something else.
    """
    earlier = await (await claim(session, actor.account_id, intent)).earlier()
    if earlier is None:
        earlier = intent.result_id
        await _insert(session, store, earlier, new, renditions)
        await audit(session, actor.name, "pet listed", earlier)
        session.publish(ShelfChanged(ShelfChangeKind.LISTED, (earlier,)))
    return (await session.fetch(Pet, _PETS, ([earlier],)))[0]


async def _insert(session: WriteSession, store: Store, pet_id: UUID, new: NewPet, renditions: Renditions) -> None:
    picture_id = uuid7()
    await pictures.keep(session, store, picture_id, renditions)
    await session.execute(
        "INSERT INTO pet (id, name, species, age_years, description, picture_id, breeder_name, breeder_email) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            pet_id,
            new.name,
            new.species.value,
            new.age_years,
            new.description,
            picture_id,
            store.key.seal(new.breeder_name.encode(), table="pet", column="breeder_name", row=pet_id),
            store.key.seal(new.breeder_email.encode(), table="pet", column="breeder_email", row=pet_id),
        ),
    )


async def remove(session: WriteSession, pet_id: UUID, *, actor: str) -> Pet:
    """Take a pet off the shelf; removing it again changes nothing.

    Raises:
        PetNotFoundError: if there is no such pet.
        PetSoldError: if it has already been sold.
    """
    pets = await session.send(Pet, LOCK_PETS, ([pet_id],))
    database_time = await session.send(DatabaseTime, DATABASE_TIME)
    wanted = await pets.rows()
    if not wanted:
        raise PetNotFoundError
    pet = wanted[0]
    if pet.sold_at is not None:
        raise PetSoldError(pet, pet.sold_at)
    if pet.removed_at is None:
        now = (await database_time.rows())[0].now
        await session.execute("UPDATE pet SET removed_at = %s WHERE id = %s", (now, pet_id))
        await audit(session, actor, "pet removed", pet_id)
        session.publish(ShelfChanged(ShelfChangeKind.REMOVED, (pet_id,)))
        return replace(pet, removed_at=now)
    return pet


def breeder(store: Store, pet: Pet) -> tuple[str, str]:
    """The breeder's name and email address, unsealed."""
    name = store.key.unseal(pet.breeder_name, table="pet", column="breeder_name", row=pet.id)
    email = store.key.unseal(pet.breeder_email, table="pet", column="breeder_email", row=pet.id)
    return name.decode(), email.decode()
