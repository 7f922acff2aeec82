"""What one process remembers for a while: bounded in number or size, and in time."""

from collections.abc import Callable, MutableMapping
from typing import TypeVar, cast

from cachetools import TTLCache

K = TypeVar("K")
V = TypeVar("V")


def ttl_cache(
    key: type[K], value: type[V], *, max_size: int, seconds: float, size: Callable[[V], int] | None = None
) -> MutableMapping[K, V]:
    """A mapping that forgets after some seconds, and the least used first when it is full.

    Args:
        key: the type of the keys.
        value: the type of the values.
        max_size: how many values it holds, or the sum of their sizes where `size` is given.
        seconds: how long a value is remembered.
        size: the size of a value.
    """
    del key, value
    return cast("MutableMapping[K, V]", TTLCache(max_size, seconds, getsizeof=size))
