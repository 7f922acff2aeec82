"""Loads single pets from the database; concurrent requests to one store share a transaction.

Ids are the 16 bytes of the UUIDs, which are faster to look up.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from menagerie.cache.batch_loader import BatchLoader
from menagerie.database.session import Database
from menagerie.pets.models import Pet
from menagerie.pets.service import find_many
from menagerie.stores.models import Store

_MAX_PETS = 200
"""How many pets to read at once. Converting their rows blocks the event loop for some 2 ms."""


class PetLoader:
    """Loads pets by id, whether or not they are available."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches = BatchLoader(self._read, max_keys=_MAX_PETS)

    async def load(self, store: Store, ids: Collection[bytes]) -> Mapping[bytes, Pet]:
        """Load the pets with these ids. The mapping, by id, also contains what other requests wanted.

        Raises:
            StoreGoneError: when the store no longer exists.
        """
        return await self._batches.load(store, ids)

    async def _read(self, store: Store, ids: Collection[bytes]) -> Mapping[bytes, Pet]:
        wanted = [UUID(bytes=pet_id) for pet_id in ids]
        return {
            pet.id.bytes: pet for pet in await self._database.read(store, lambda session: find_many(session, wanted))
        }
