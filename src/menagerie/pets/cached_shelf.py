"""What is known of a shelf, or of what a search finds on it: how far it has followed the log, and how long it holds."""

import time
from dataclasses import dataclass, field

from menagerie.cache.version import LIFETIME_SECONDS
from menagerie.pets.index import Found, ShelfIndex
from menagerie.pets.inverted_index import Words
from menagerie.pets.shelf_log import Followed

_SEARCH_LIFETIME_SECONDS = 10 * 60
_BYTES_PER_ID = 160
"""What a pet takes in an index."""
_ORDERS = 3
"""In how many orders what a search finds may be kept, a bit for each pet of the index."""


@dataclass(eq=False, slots=True)
class CachedShelf:
    """An index and, of a search, what it finds there."""

    index: ShelfIndex
    found: Found | None
    """What a search finds of the index; None for the whole."""
    followed: Followed
    applied: int
    """The number of the first change that was not taken in yet."""
    gaps: int
    """How many gaps the log had when it was read from the database."""
    words: Words = field(default_factory=Words)
    """Those of the whole shelf, which its searches share."""
    refreshes: float = 0.0
    """When it is to be read again, while people go on using it."""
    expires: float = 0.0

    def __post_init__(self) -> None:
        """It was just read."""
        self.renew(self.gaps)

    def renew(self, gaps: int) -> None:
        """It was just read again, when the log had so many gaps."""
        self.gaps = max(self.gaps, gaps)
        now, lifetime = time.monotonic(), LIFETIME_SECONDS if self.found is None else _SEARCH_LIFETIME_SECONDS
        self.refreshes, self.expires = now + lifetime / 2, now + lifetime

    def move_to(self, whole: "CachedShelf") -> None:
        """Be about another index of the same shelf, which takes the place of this one."""
        if self.found is not None and self.index is not whole.index:
            self.found = whole.index.found(self.index.pets_of(self.found))
            self.index, self.words = whole.index, whole.words

    @property
    def size(self) -> int:
        """What it takes, in bytes; what a search finds without the index, which it shares."""
        pets = len(self.index)
        if self.found is not None:
            return 1_000 + pets * _ORDERS // 8
        return 1_000 + pets * _BYTES_PER_ID + self.words.size
