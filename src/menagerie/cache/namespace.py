"""Keys. One can only be made from a namespace, and a namespace only from a store's id (or the platform)."""

from typing import NewType
from uuid import UUID

Key = NewType("Key", str)


class Namespace:
    """The keys of one store, all below `m:{<store id>}:`; the braces keep a store on one node of a cluster."""

    def __init__(self, store_id: UUID | None) -> None:
        self.name = str(store_id) if store_id else "platform"
        self._prefix = f"m:{{{self.name}}}:"

    def key(self, *parts: str) -> Key:
        """The key for the parts within this namespace."""
        return Key(self._prefix + ":".join(parts))


PLATFORM = Namespace(None)
