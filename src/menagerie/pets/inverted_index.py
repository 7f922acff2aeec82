"""An in-memory inverted index of the words that describe a shelf's pets, in addition to the shelf's own index.

Only PostgreSQL knows what a word is. If a shelf gets many different searches, all its words are read at once; those of
a newly listed pet are read with it. Prefix searches are then answered here if the prefix is plain: ASCII letters are
the same in every language and always form words of their own.
"""

import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from menagerie.pets.bitset import bits_of
from menagerie.pets.index import Found, ShelfIndex, split_ids

_PLAIN = re.compile(r"([a-z]+):\*")
_FREQUENT = 1 / 32
"""Words of a larger share of the pets are kept as bits once searched for: bits take no more space than numbers."""
_PETS_PER_SEARCH = 80
"""Reading the words of this many pets costs PostgreSQL about as much as one new search."""
_MIN_PETS = 1_000
"""Smaller shelves count as this large."""
_MAX_ADDED = 500


@dataclass(frozen=True, slots=True)
class WordsOfShelf:
    """All words of the available pets, as PostgreSQL returns them. Numbers have four bytes, big-endian."""

    ids: bytes
    """The ids of the pets, 16 bytes each."""
    words: str
    """Each word once, in code point order, separated by spaces."""
    counts: bytes
    """How many pets have each word."""
    postings: bytes
    """For each word in turn, the positions in `ids` of the pets that have it."""


def beginnings(search: str) -> tuple[str, ...] | None:
    """The prefixes in a search, as returned by `search.tsquery`; None if they are not all plain."""
    found = [_PLAIN.fullmatch(each) for each in search.split(" & ")]
    return tuple(each[1] for each in found if each) if all(found) else None


class InvertedIndex:
    """Which pets have which words."""

    def __init__(self, read: WordsOfShelf, index: ShelfIndex) -> None:
        """Index the words of pets, by the pets' numbers in an index.

        Raises:
            ValueError: if the numbers of counts and words differ.
        """
        self._words = read.words.split(" ") if read.words else []
        self._starts = [0, *accumulate(_numbers(read.counts))]
        if len(self._starts) != len(self._words) + 1:
            raise ValueError(f"There are {len(self._words)} words but {len(self._starts) - 1} counts.")
        self._postings = _numbers(read.postings)
        self._pets = index.numbers(split_ids(read.ids))
        self._size = len(index)
        self._insertions = index.insertions
        self._frequent: dict[int, int] = {}
        self.bytes = len(read.words) * 10 + len(read.postings) * 2 + len(read.ids)
        """Its approximate size."""

    def find(self, asked: Iterable[str]) -> Found:
        """Find the pets that have a word for each of these prefixes."""
        bits = (1 << self._size) - 1
        for beginning in asked:
            bits &= self._beginning(beginning)
        return Found(bits, self._insertions)

    def _beginning(self, beginning: str) -> int:
        """The pets with a word that has this prefix."""
        behind = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        first, last = bisect_left(self._words, beginning), bisect_left(self._words, behind)
        bits, rare = 0, array("I")
        for word in range(first, last):
            start, end = self._starts[word], self._starts[word + 1]
            if end - start > self._size * _FREQUENT:
                if word not in self._frequent:
                    self._frequent[word] = self._bits(self._postings[start:end])
                bits |= self._frequent[word]
            else:
                rare += self._postings[start:end]
        return bits | self._bits(rare)

    def _bits(self, postings: Sequence[int]) -> int:
        return bits_of(map(self._pets.__getitem__, postings), self._size)


class Words:
    """The words known for one shelf's pets."""

    def __init__(self) -> None:
        self._inverted: InvertedIndex | None = None
        self._added: dict[bytes, str] = {}
        """The words of each recently listed pet, with a space before each."""
        self._forgotten = 0
        self._searches = 0
        """How many new searches were made without the inverted index."""

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self._inverted.bytes if self._inverted else 0

    def are_worth_reading(self, index: ShelfIndex) -> bool:
        """Whether new searches of an index have cost as much as reading all its words would."""
        return self._searches * _PETS_PER_SEARCH > max(_MIN_PETS, len(index))

    async def read(self, index: ShelfIndex, reading: Callable[[], Awaitable[WordsOfShelf]]) -> None:
        """Read all words of the pets of an index."""
        self._searches, forgotten = 0, self._forgotten
        read = await reading()
        if self._forgotten == forgotten:
            self._inverted = InvertedIndex(read, index)

    def forget(self) -> None:
        """Forget all words, until they are worth reading again."""
        self._inverted = None
        self._added.clear()
        self._forgotten += 1

    def add(self, pet: bytes, words: str) -> None:
        """Add a newly listed pet; there is a space before each of its words."""
        if len(self._added) >= _MAX_ADDED:
            self.forget()
        self._added[pet] = words

    def found(self, index: ShelfIndex, search: str) -> Found | None:
        """The pets of the index that a new search finds; None if the database must be queried instead."""
        asked = beginnings(search)
        if asked is None:
            return None
        if self._inverted is None:
            self._searches += 1
            return None
        found = self._inverted.find(asked)
        for pet in self._matching(self._added, asked):
            index.add_found(found, pet)
        return found

    def found_among(self, pets: Sequence[bytes], search: str) -> list[bytes] | None:
        """Those of some recently listed pets that a search finds; None if the database must be queried instead."""
        asked = beginnings(search)
        if asked is None or any(pet not in self._added for pet in pets):
            return None
        return self._matching(pets, asked)

    def _matching(self, pets: Iterable[bytes], asked: Sequence[str]) -> list[bytes]:
        return [pet for pet in pets if all(f" {beginning}" in self._added[pet] for beginning in asked)]


def _numbers(content: bytes) -> "array[int]":
    numbers = array("I", content)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
