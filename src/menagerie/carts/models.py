"""A cart."""

from collections.abc import Sequence
from dataclasses import dataclass

from menagerie.errors import DomainError
from menagerie.pets.models import Availability, Pet


@dataclass(frozen=True, slots=True)
class Cart:
    """The chosen pets in the order in which they were added, including unavailable ones."""

    pets: Sequence[Pet]

    @property
    def available_count(self) -> int:
        """How many of them can be bought."""
        return sum(pet.availability is Availability.AVAILABLE for pet in self.pets)

    @property
    def unavailable_count(self) -> int:
        """How many of them were sold or removed."""
        return len(self.pets) - self.available_count


class CartEmptyError(DomainError):
    """There is nothing to check out; add a pet first."""

    def __init__(self) -> None:
        super().__init__("Your cart is empty. Add a pet to it first.")
