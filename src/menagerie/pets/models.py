"""Pets and their pictures."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Species(StrEnum):
    """The kinds of pets that stores sell."""

    CAT = "CAT"
    DOG = "DOG"
    FROG = "FROG"


class Availability(StrEnum):
    """Whether a pet can be bought."""

    AVAILABLE = "AVAILABLE"
    SOLD = "SOLD"
    REMOVED = "REMOVED"


class PictureSize(StrEnum):
    """The sizes that every picture is stored in; the values appear in addresses."""

    THUMBNAIL = "thumbnail"
    CARD = "card"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class AvailabilityCounts:
    """The number of a store's pets by availability."""

    available: int
    sold: int
    removed: int


class PetSort(StrEnum):
    """The sort orders of a shelf."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NAME = "NAME"
    YOUNGEST = "YOUNGEST"
    ELDEST = "ELDEST"


class ShelfChangeKind(StrEnum):
    """What can happen to a pet on the shelf."""

    LISTED = "LISTED"
    SOLD = "SOLD"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True)
class Pet:
    """A pet. Everything about it is public except the breeder, which only the merchant may see."""

    id: UUID
    name: str
    species: str
    age_years: int
    description: str
    created_at: datetime
    sold_at: datetime | None
    removed_at: datetime | None
    picture_id: UUID
    picture_width: int
    picture_height: int
    picture_placeholder: str
    breeder_name: bytes
    breeder_email: bytes

    @property
    def availability(self) -> Availability:
        """Whether it can be bought."""
        if self.sold_at is not None:
            return Availability.SOLD
        return Availability.REMOVED if self.removed_at is not None else Availability.AVAILABLE


@dataclass(frozen=True, slots=True)
class NewPet:
    """What a merchant enters about a pet to list."""

    name: str
    species: Species
    age_years: int
    description: str
    breeder_name: str
    breeder_email: str


@dataclass(frozen=True, slots=True)
class ShelfChanged:
    """Pets arrived on the shelf or left it."""

    kind: ShelfChangeKind
    pet_ids: tuple[UUID, ...]
