"""A cache of recently looked-up stores, each valid until something about it changes."""

import time
from typing import NamedTuple

from cachetools import LRUCache

from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.stores.models import Store
from menagerie.stores.service import Stores

SUBJECT = "store"
"""The subject whose version covers a store's details: its names, whether it is open, its key."""

_MAX_STORES = 2_000


class _Known(NamedTuple):
    store: Store
    version: Version
    expires: float


class StoreCache:
    """Finds stores by slug, without a query if they are cached and unchanged."""

    def __init__(self, stores: Stores, versions: Versions) -> None:
        self._stores = stores
        self._versions = versions
        self._known: LRUCache[str, _Known] = LRUCache(_MAX_STORES)

    def knows(self, slug: str) -> bool:
        """Whether a store with this slug existed a short while ago."""
        return slug in self._known

    async def find(self, slug: str) -> Store | None:
        """Find the store with this slug; returns the same object as long as nothing about it changes."""
        known = self._known.get(slug)
        if known is not None and time.monotonic() < known.expires:
            version = await self._versions.current(known.store.namespace, SUBJECT)
            if version is not None and version == known.version:
                return known.store
        store = await self._stores.find(slug)
        if store is None:
            return None
        version = await self._versions.current(store.namespace, SUBJECT)
        # Look it up again: only what still holds after its version was taken may be remembered.
        if version is not None and await self._stores.find(slug) == store:
            self._known[slug] = _Known(store, version, time.monotonic() + LIFETIME_SECONDS)
        return store
