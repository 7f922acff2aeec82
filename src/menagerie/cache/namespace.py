"""Cache keys. Only a namespace builds them, and a namespace belongs to a store's id or to the platform."""

from typing import NewType
from uuid import UUID

Key = NewType("Key", str)


class Namespace:
    """The keys of one store, all below `m:{<store id>}:`; the braces keep a store on one cluster node."""

    def __init__(self, store_id: UUID | None) -> None:
        self.store_id = store_id
        self.name = str(store_id) if store_id else "platform"
        self._prefix = f"m:{{{self.name}}}:"

    def key(self, *parts: str) -> Key:
        """Build a key in this namespace from its parts."""
        return Key(self._prefix + ":".join(parts))


PLATFORM = Namespace(None)
