"""An in-memory index of the pets on one store's shelf, for pages and counts in every order and within every search.

Pets are numbered in the order of listing. A set of pets is the bits of one integer, so a sale clears a bit, and
counting is an intersection.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, islice

from menagerie.pets.bitset import bits_of, bits_of_digits, flags, highest, lowest, members, spread, without
from menagerie.pets.models import Species

ID_BYTES = 16
LISTING = "listing"
"""The order that every index has: that of the ids."""
_INITIALS = [species.value[0] for species in Species]
if len(set(_INITIALS)) < len(_INITIALS):
    raise ValueError("An index tells species apart by their first letters, so no two may begin with the same one.")
_EACH_ITSELF = range(2**32)
_SORT_FACTOR = 8
"""A search that finds fewer pets than the square root of this many times the shelf's size is sorted; otherwise, walking
the order until a page is full is cheaper. With 30,000 pets, both take a tenth of a millisecond at that point."""


def split_ids(ids: bytes) -> list[bytes]:
    """Split concatenated ids."""
    return [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]


@dataclass(eq=False, slots=True)
class Order:
    """One order of a shelf's pets. In it, a set of pets is the bits of their ranks."""

    numbers: Sequence[int]
    """The number of the pet at each rank."""
    ranks: Sequence[int]
    """The rank of each pet, by its number."""
    length: int
    """How many pets are in order; higher ranks belong to pets that were already gone when the order was read."""
    available: int
    species: dict[str, int]
    """The pets of each species, by its first letter, whether or not they are available."""

    def of(self, species: str | None) -> int:
        """The available pets of a species; of all species if none is given."""
        return self.available if species is None else self.available & self.species[species[0]]


@dataclass(eq=False, slots=True)
class Found:
    """The pets that a search finds, whether or not they are still available."""

    bits: int
    insertions: int
    """How many of the index's insertions these numbers already reflect."""


class ShelfIndex:
    """The numbered pets of a shelf. It is changed in place.

    A pet that is gone keeps its number until the shelf is read again, and never comes back, so the same change may
    arrive twice.
    """

    def __init__(self, ids: bytes, species: str) -> None:
        """Index a shelf.

        Args:
            ids: the ids of the available pets, 16 bytes each, in ascending order.
            species: the first letter of each pet's species.

        Raises:
            ValueError: if the numbers of ids and species differ.
        """
        self._pets = split_ids(ids)
        if len(self._pets) != len(species):
            raise ValueError(f"There are {len(self._pets)} pets but {len(species)} species.")
        self._letters = list(species)
        self._numbers = {pet: number for number, pet in enumerate(self._pets)}
        count = len(self._pets)
        self._listing = Order(_EACH_ITSELF, _EACH_ITSELF, count, (1 << count) - 1, _of_species(species))
        self._orders = {LISTING: self._listing}
        self._insertions: list[int] = []
        self.additions = 0
        """How many pets have been added."""
        self.orders_due: dict[str, float] = {}
        """When each order may be read again."""

    def __len__(self) -> int:
        """How many pets have a number, whether or not they are still available."""
        return len(self._pets)

    def __contains__(self, pet: bytes) -> bool:
        """Whether the pet is available."""
        number = self._numbers.get(pet)
        return number is not None and bool(self._listing.available >> number & 1)

    @property
    def worn(self) -> bool:
        """Whether most of its pets are gone, so that it should be read again."""
        return 2 * self._listing.available.bit_count() < len(self._pets)

    @property
    def insertions(self) -> int:
        """How many pets were inserted before the end, which shifted the numbers after them."""
        return len(self._insertions)

    def numbers(self, pets: Sequence[bytes]) -> "array[int]":
        """The number of each pet; for an unknown pet, the next number that will be assigned."""
        return array("I", [self._numbers.get(pet, len(self)) for pet in pets])

    def ids(self) -> frozenset[bytes]:
        """The available pets."""
        return frozenset(map(self._pets.__getitem__, members(self._listing.available)))

    def add(self, pet: bytes, species: str) -> None:
        """Add a pet that was listed."""
        if pet in self:
            return
        number = self._numbers.get(pet)
        if number is None:
            number = self._insert(pet, species)
        self.additions += 1
        self._listing.available |= 1 << number
        self._orders = {LISTING: self._listing}  # only the database knows its rank in the others

    def discard(self, pet: bytes) -> None:
        """Discard a pet that was sold or removed."""
        number = self._numbers.get(pet)
        if number is not None:
            for order in self._orders.values():
                order.available = without(order.available, order.ranks[number])

    def has_order(self, name: str) -> bool:
        """Whether an order is known."""
        return name in self._orders

    def keep_order(self, name: str, pets: Sequence[bytes]) -> None:
        """Add an order, given the available pets in it. No pet may have been listed while they were read.

        Pets missing from them are gone. If one is not in the index, it was listed after all, as the log will show.
        """
        numbers = array("I", [number for pet in pets if (number := self._numbers.get(pet)) is not None])
        length = len(numbers)
        gone = members((1 << len(self)) - 1 & ~bits_of(numbers, len(self)))
        for number in gone:
            self.discard(self._pets[number])
        numbers.extend(gone)
        ranks = array("I", bytes(numbers.itemsize * len(numbers)))
        for rank, number in enumerate(numbers):
            ranks[number] = rank
        available = f"{self._listing.available:0{len(self)}b}"[::-1]
        self._orders[name] = Order(
            numbers,
            ranks,
            length,
            bits_of_digits("".join(map(available.__getitem__, numbers))),
            _of_species("".join(map(self._letters.__getitem__, numbers))),
        )

    def found(self, pets: Sequence[bytes]) -> Found:
        """The search result with these pets. Pets unknown to the index will be added from the log."""
        numbers = self._numbers
        known = [number for pet in pets if (number := numbers.get(pet)) is not None]
        return Found(bits_of(known, len(self)), len(self._insertions))

    def pets_of(self, found: Found) -> list[bytes]:
        """The available pets that a search finds."""
        return [self._pets[number] for number in members(self._chosen(None, found))]

    def add_found(self, found: Found, pet: bytes) -> None:
        """Add a newly listed pet that a search finds."""
        number = self._numbers.get(pet)
        if number is not None:
            found.bits = self._followed(found) | 1 << number

    def count(self, species: str | None, found: Found | None = None) -> int:
        """How many pets of a species are available; of all species if none is given."""
        return self._chosen(species, found).bit_count()

    def page(
        self,
        name: str,
        species: str | None,
        found: Found | None,
        after: bytes | None,
        count: int,
        *,
        backwards: bool,
    ) -> Sequence[bytes] | None:
        """Return at most `count` pets after `after` in a known order, or from its beginning.

        None if the position of `after` in that order is unknown.
        """
        order = self._orders[name]
        start, end = 0, len(self)  # ranks
        if after is not None:
            rank, is_there = self._rank(order, after)
            if rank is None:
                return None
            start, end = (0, rank) if backwards else (rank + is_there, end)
        if found is not None and order is not self._listing:
            numbers = _first_in(order, start, end, self._chosen(species, found), count, backwards=backwards)
        else:
            chosen = order.of(species) if found is None else self._chosen(species, found)
            chosen = chosen & (1 << end) - 1 if backwards else chosen >> start << start
            ranks = highest(chosen, count) if backwards else lowest(chosen, count)
            numbers = [order.numbers[rank] for rank in ranks]
        return [self._pets[number] for number in numbers]

    def _chosen(self, species: str | None, found: Found | None) -> int:
        """The available pets of a species that a search finds, by number."""
        chosen = self._listing.of(species)
        return chosen if found is None else chosen & self._followed(found)

    def _rank(self, order: Order, pet: bytes) -> tuple[int | None, bool]:
        """The pet's actual or hypothetical rank in an order, and whether it is there."""
        number = self._numbers.get(pet)
        if order is self._listing:
            return (bisect_left(self._pets, pet), False) if number is None else (number, True)
        if number is None or order.ranks[number] >= order.length:
            return None, False
        return order.ranks[number], True

    def _insert(self, pet: bytes, species: str) -> int:
        """Number a pet. Usually it is the last one: ids ascend, except for those created at the same moment."""
        number = bisect_left(self._pets, pet)
        self._pets.insert(number, pet)
        self._letters.insert(number, species[0])
        for moved in range(number, len(self._pets)):
            self._numbers[self._pets[moved]] = moved
        listing = self._listing
        if number < len(self._pets) - 1:
            listing.available = spread(listing.available, number)
            listing.species = {letter: spread(bits, number) for letter, bits in listing.species.items()}
            self._insertions.append(number)
        listing.species[species[0]] |= 1 << number
        listing.length += 1
        return number

    def _followed(self, found: Found) -> int:
        """The bits of a search result, adjusted to the current numbers of the pets."""
        for number in self._insertions[found.insertions :]:
            found.bits = spread(found.bits, number)
        found.insertions = len(self._insertions)
        return found.bits


def _first_in(order: Order, start: int, end: int, chosen: int, count: int, *, backwards: bool) -> Iterable[int]:
    """At most `count` of the chosen numbers, in an order, with ranks from `start` up to, but not including, `end`."""
    if chosen.bit_count() ** 2 < _SORT_FACTOR * len(order.numbers):
        ranks = sorted(rank for number in members(chosen) if start <= (rank := order.ranks[number]) < end)
        return [order.numbers[rank] for rank in (ranks[: -count - 1 : -1] if backwards else ranks[:count])]
    numbers, is_chosen = order.numbers[start:end], flags(chosen, len(order.numbers))
    there, again = (reversed(numbers), reversed(numbers)) if backwards else (iter(numbers), iter(numbers))
    return islice(compress(there, map(is_chosen.__getitem__, again)), count)


def _of_species(letters: str) -> dict[str, int]:
    return {
        initial: bits_of_digits(letters.translate({ord(each): "1" if each == initial else "0" for each in _INITIALS}))
        for initial in _INITIALS
    }
