"""A cached shelf or search result: its index, how far it has followed the log, and how long it is valid."""

import time
from dataclasses import dataclass, field

from menagerie.cache.version import LIFETIME_SECONDS
from menagerie.pets.index import Found, ShelfIndex
from menagerie.pets.inverted_index import Words
from menagerie.pets.shelf_log import Followed

_SEARCH_LIFETIME_SECONDS = 10 * 60
_BYTES_PER_ID = 160
"""Memory per pet in an index."""


@dataclass(eq=False, slots=True)
class CachedShelf:
    """An index and, for a search, what it finds there."""

    index: ShelfIndex
    found: Found | None
    """The part of the index that a search finds; None for the whole shelf."""
    followed: Followed
    applied: int
    """The number of the first change that is not applied yet."""
    gaps: int
    """How many gaps the log had when this was read from the database."""
    words: Words = field(default_factory=Words)
    """The words of the whole shelf, which its searches share."""
    refreshes: float = 0.0
    """When to read it again in the background, while it stays in use."""
    expires: float = 0.0

    def __post_init__(self) -> None:
        """Start its lifetime: it was just read."""
        self.renew(self.gaps)

    def renew(self, gaps: int) -> None:
        """Restart its lifetime: it was just read again, when the log had this many gaps."""
        self.gaps = max(self.gaps, gaps)
        now, lifetime = time.monotonic(), LIFETIME_SECONDS if self.found is None else _SEARCH_LIFETIME_SECONDS
        self.refreshes, self.expires = now + lifetime / 2, now + lifetime

    def move_to(self, whole: "CachedShelf") -> None:
        """Move to another index of the same shelf, which replaces this one."""
        if self.found is not None and self.index is not whole.index:
            self.found = whole.index.found(self.index.pets_of(self.found))
            self.index, self.words = whole.index, whole.words

    @property
    def size(self) -> int:
        """Its size in bytes; a search result does not include the index, which it shares."""
        pets = len(self.index)
        if self.found is not None:
            return 1_000 + pets // 8
        return 1_000 + pets * _BYTES_PER_ID + self.words.size
