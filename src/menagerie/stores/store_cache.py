"""Stores that were looked up a short while ago, remembered until something about them changes."""

import time
from typing import NamedTuple

from cachetools import LRUCache

from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.stores.models import Store
from menagerie.stores.service import Stores

SUBJECT = "store"
"""The version of everything that is said about a store: its names, whether it is open, its key."""

_MAX_STORES = 2_000


class _Known(NamedTuple):
    store: Store
    version: Version
    expires: float


class StoreCache:
    """Finds stores by slug, without a statement where they are known and have not changed."""

    def __init__(self, stores: Stores, versions: Versions) -> None:
        self._stores = stores
        self._versions = versions
        self._known: LRUCache[str, _Known] = LRUCache(_MAX_STORES)

    def knows(self, slug: str) -> bool:
        """Whether there was a store with this slug a short while ago."""
        return slug in self._known

    async def find(self, slug: str) -> Store | None:
        """The store with this slug; the same object for as long as nothing about it changes."""
        known = self._known.get(slug)
        if known is not None and time.monotonic() < known.expires:
            version = await self._versions.current(known.store.namespace, SUBJECT)
            if version is not None and version == known.version:
                return known.store
        store = await self._stores.find(slug)
        if store is None:
            return None
        version = await self._versions.current(store.namespace, SUBJECT)
        # Looked up again, so that what is remembered was so after its version was taken.
        if version is not None and await self._stores.find(slug) == store:
            self._known[slug] = _Known(store, version, time.monotonic() + LIFETIME_SECONDS)
        return store
