"""The ids of the pets on one store's shelf, or of those that a search finds, in memory: pages and counts of them."""

from bisect import bisect_left
from collections.abc import Sequence

ID_BYTES = 16


class ShelfIndex:
    """Which pets are available, in the order in which they were listed.

    It is changed in place. A pet that has gone never comes back, so that changes may arrive twice.
    """

    def __init__(self, ids: bytes, species: str, *, among: "ShelfIndex | None" = None) -> None:
        """Index a shelf.

        Args:
            ids: of the available pets, 16 bytes each, in ascending order.
            species: the species of each, its first letter.
            among: an index whose ids these are, which then takes the memory of them once.
        """
        every = [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]
        self._all = every if among is None else among.shared(every)
        self._of_species: dict[str, list[bytes]] = {
            letter: [pet for pet, its in zip(self._all, species, strict=True) if its == letter] for letter in "CDF"
        }

    def __len__(self) -> int:
        """How many pets are available."""
        return len(self._all)

    def __contains__(self, pet: bytes) -> bool:
        """Whether the pet is available."""
        return _position(self._all, pet) is not None

    def count(self, species: str | None) -> int:
        """How many pets of a species are available; of all, where none is given."""
        return len(self._list(species))

    def add(self, pet: bytes, species: str) -> None:
        """A pet was listed."""
        if pet in self:
            return
        for ids in (self._all, self._list(species)):
            ids.insert(bisect_left(ids, pet), pet)

    def discard(self, pet: bytes) -> None:
        """A pet was sold or removed."""
        position = _position(self._all, pet)
        if position is None:
            return
        del self._all[position]
        for ids in self._of_species.values():
            position = _position(ids, pet)
            if position is not None:
                del ids[position]
                return

    def page(self, species: str | None, after: bytes | None, count: int, *, newest_first: bool) -> Sequence[bytes]:
        """At most `count` pets behind `after`, or from the beginning."""
        ids = self._list(species)
        if newest_first:
            end = len(ids) if after is None else bisect_left(ids, after)
            return ids[max(0, end - count) : end][::-1]
        start = 0 if after is None else bisect_left(ids, after) + (_position(ids, after) is not None)
        return ids[start : start + count]

    def shared(self, ids: Sequence[bytes]) -> list[bytes]:
        """The same ids, as the objects of this index where it has them."""
        found = ((_position(self._all, pet), pet) for pet in ids)
        return [pet if position is None else self._all[position] for position, pet in found]

    def ids(self) -> frozenset[bytes]:
        """All of them."""
        return frozenset(self._all)

    def _list(self, species: str | None) -> list[bytes]:
        return self._all if species is None else self._of_species[species[0]]


def _position(ids: list[bytes], pet: bytes) -> int | None:
    position = bisect_left(ids, pet)
    return position if position < len(ids) and ids[position] == pet else None
