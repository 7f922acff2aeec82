"""How the memory for caches is shared out, so that all of them together keep within `MENAGERIE_CACHE_MIB`."""

from typing import NamedTuple


class CacheBudget(NamedTuple):
    """How many bytes each cache of a process may keep."""

    shelves: int
    answers: int
    pictures: int
    pages: int
    documents: int


def cache_budget(max_bytes: int) -> CacheBudget:
    """The shares of this many bytes."""
    share = max_bytes // 32
    return CacheBudget(shelves=16 * share, answers=6 * share, pictures=6 * share, pages=share, documents=3 * share)
