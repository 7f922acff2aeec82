"""A cache of pets in memory. It is safe because a pet does not change while it is on the shelf."""

from collections import OrderedDict
from collections.abc import Sequence

from menagerie.pets.models import Pet
from menagerie.stores.models import Store

_BYTES_PER_PET = 3_000
"""Memory per pet, including what is shown of it."""


class CachedPet:
    """A pet, and the form in which a higher layer shows it, created once."""

    __slots__ = ("pet", "shown")

    def __init__(self, pet: Pet) -> None:
        self.pet = pet
        self.shown: object = None


class PetCache:
    """The pets of all stores. The least recently used are evicted first."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_pets = max_bytes // _BYTES_PER_PET
        # Keyed by the concatenated ids of store and pet: bytes are faster to look up than UUIDs.
        self._kept: OrderedDict[bytes, CachedPet] = OrderedDict()

    @property
    def memory_bytes(self) -> int:
        """The estimated size of the pets."""
        return len(self._kept) * _BYTES_PER_PET

    def find(self, store: Store, ids: Sequence[bytes]) -> dict[bytes, CachedPet]:
        """Find the cached ones among these pets, in the same order."""
        found: dict[bytes, CachedPet] = {}
        store_id, kept = store.id.bytes, self._kept
        for pet_id in ids:
            key = store_id + pet_id
            pet = kept.get(key)
            if pet is not None:
                kept.move_to_end(key)
                found[pet_id] = pet
        return found

    def forget(self, store: Store, pet_id: bytes) -> None:
        """Drop a pet that is gone, because nobody will ask for it any more."""
        self._kept.pop(store.id.bytes + pet_id, None)

    def keep(self, store: Store, pet: Pet) -> CachedPet:
        """Cache an available pet."""
        kept = self._kept[store.id.bytes + pet.id.bytes] = CachedPet(pet)
        if len(self._kept) > self._max_pets:
            self._kept.popitem(last=False)
        return kept
