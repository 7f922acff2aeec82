"""How cache memory is divided, so that all caches together stay within `MENAGERIE_CACHE_MIB`."""

from typing import NamedTuple


class CacheBudget(NamedTuple):
    """How many bytes each cache of a process may keep."""

    shelves: int
    answers: int
    pictures: int
    pages: int
    documents: int


def cache_budget(max_bytes: int) -> CacheBudget:
    """Divide this many bytes among the caches."""
    share = max_bytes // 32
    return CacheBudget(shelves=16 * share, answers=6 * share, pictures=6 * share, pages=share, documents=3 * share)
