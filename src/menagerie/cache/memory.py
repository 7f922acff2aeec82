"""In-process caches, bounded in number or size, and in time."""

from collections.abc import Callable, MutableMapping
from typing import TypeVar, cast

from cachetools import TTLCache

K = TypeVar("K")
V = TypeVar("V")


def ttl_cache(
    key: type[K], value: type[V], *, max_size: int, seconds: float, size: Callable[[V], int] | None = None
) -> MutableMapping[K, V]:
    """Create a TTL cache that evicts the least recently used values when it is full.

    Args:
        key: the type of the keys.
        value: the type of the values.
        max_size: how many values it holds, or the sum of their sizes if `size` is given.
        seconds: how long it keeps a value.
        size: computes the size of a value.
    """
    del key, value
    return cast("MutableMapping[K, V]", TTLCache(max_size, seconds, getsizeof=size))
