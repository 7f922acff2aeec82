"""The ids of the pets on one store's shelf, in order, in memory: pages and counts without a statement."""

from bisect import bisect_left
from collections.abc import Sequence

ID_BYTES = 16


class ShelfIndex:
    """Which pets are available, in the order in which they were listed.

    It is changed in place. A pet that has gone never comes back, so that changes may arrive twice and in any order.
    """

    def __init__(self, ids: bytes, species: str) -> None:
        """Index a shelf.

        Args:
            ids: of all available pets, 16 bytes each, in ascending order.
            species: the species of each, its first letter.
        """
        every = [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]
        self._all = every
        self._of_species: dict[str, list[bytes]] = {"C": [], "D": [], "F": []}
        for pet, letter in zip(every, species, strict=True):
            self._of_species[letter].append(pet)
        self._gone: set[bytes] = set()

    def __len__(self) -> int:
        """How many pets are available."""
        return len(self._all)

    def __contains__(self, pet: bytes) -> bool:
        """Whether the pet is available."""
        return _holds(self._all, pet)

    def count(self, species: str | None) -> int:
        """How many pets of a species are available; of all, where none is given."""
        return len(self._list(species))

    def add(self, pet: bytes, species: str) -> None:
        """A pet was listed."""
        if pet in self._gone or _holds(self._all, pet):
            return
        for ids in (self._all, self._list(species)):
            ids.insert(bisect_left(ids, pet), pet)

    def discard(self, pet: bytes) -> None:
        """A pet was sold or removed."""
        self._gone.add(pet)
        for ids in (self._all, *self._of_species.values()):
            if _holds(ids, pet):
                del ids[bisect_left(ids, pet)]

    def page(self, species: str | None, after: bytes | None, count: int, *, newest_first: bool) -> Sequence[bytes]:
        """At most `count` pets behind `after`, or from the beginning."""
        ids = self._list(species)
        if newest_first:
            end = len(ids) if after is None else bisect_left(ids, after)
            return ids[max(0, end - count) : end][::-1]
        start = 0 if after is None else bisect_left(ids, after) + _holds(ids, after)
        return ids[start : start + count]

    def _list(self, species: str | None) -> list[bytes]:
        return self._all if species is None else self._of_species[species[0]]


def _holds(ids: list[bytes], pet: bytes) -> bool:
    position = bisect_left(ids, pet)
    return position < len(ids) and ids[position] == pet
