"""Purchases, and why pets could not be bought."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from menagerie.errors import DomainError
from menagerie.pets.models import Pet
from menagerie.text import join_names


@dataclass(frozen=True, slots=True)
class Purchase:
    """One customer's purchase of one or more pets."""

    id: UUID
    purchased_at: datetime
    pets: Sequence[Pet]


class PetsUnavailableError(DomainError):
    """Some of the pets can no longer be bought, so nothing was."""

    def __init__(self, pets: Sequence[Pet], *, wanted: int, own: Collection[UUID] = ()) -> None:
        super().__init__(_sentence(pets, wanted, own))
        self.pets = pets


def _sentence(pets: Sequence[Pet], wanted: int, own: Collection[UUID]) -> str:
    names = join_names(pet.name for pet in pets)
    if wanted == 1:
        if pets[0].id in own:
            return f"You have already bought {names}."
        if pets[0].sold_at is not None:
            return f"{names} has just been bought by someone else and is no longer on the shelf."
        return f"{names} was taken off the shelf by the store."
    verb = "is" if len(pets) == 1 else "are"
    rest = wanted - len(pets)
    unavailable = f"{names} {verb} no longer available, so nothing was bought."
    if rest == 0:
        return f"{unavailable} Look at the shelf for others."
    them = "it" if len(pets) == 1 else "them"
    return f"{unavailable} Remove {them} to buy the other{'' if rest == 1 else f' {_number(rest)}'}."


def _number(count: int) -> str:
    words = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    return words[count - 2] if 2 <= count <= 12 else str(count)  # noqa: PLR2004  the range of `words`
