"""The words that a shelf's pets are described with, in memory: an inverted index beside the shelf's own.

Only PostgreSQL knows what a word is. It is asked for all words of a shelf at once, where many different searches are
made, and for those of a pet that is listed. Which words begin in some way is then known here, where the beginning is
plain: letters of ASCII are the same in every language and always a word of their own.
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
"""A word that more of the pets have is kept as bits once it was looked for: they take no more than the numbers do."""
_PETS_PER_SEARCH = 80
"""The words of so many pets cost PostgreSQL about as much as a new search."""
_MIN_PETS = 1_000
"""As how large a smaller shelf counts."""
_MAX_ADDED = 500


@dataclass(frozen=True, slots=True)
class WordsOfShelf:
    """All words of the available pets, as PostgreSQL tells them. Numbers have four bytes, big-endian."""

    ids: bytes
    """Of the pets, 16 bytes each."""
    words: str
    """Each word once, in the order of its characters' numbers, with a space in between."""
    counts: bytes
    """How many pets have each word."""
    postings: bytes
    """Of the pets that have each word, one word after the other: where their ids are among those above."""


def beginnings(search: str) -> tuple[str, ...] | None:
    """The beginnings of words that a search asks for, as `lists.wanted` gives it; None where they are not plain."""
    found = [_PLAIN.fullmatch(each) for each in search.split(" & ")]
    return tuple(each[1] for each in found if each) if all(found) else None


class InvertedIndex:
    """Which pets have which words."""

    def __init__(self, read: WordsOfShelf, index: ShelfIndex) -> None:
        """Index the words of pets by the numbers that an index has for them.

        Raises:
            ValueError: when there are not as many counts as words.
        """
        self._words = read.words.split(" ") if read.words else []
        self._starts = [0, *accumulate(_numbers(read.counts))]
        if len(self._starts) != len(self._words) + 1:
            raise ValueError(f"There are {len(self._words)} words and the counts of {len(self._starts) - 1}.")
        self._postings = _numbers(read.postings)
        self._pets = index.numbers(split_ids(read.ids))
        self._size = len(index)
        self._insertions = index.insertions
        self._frequent: dict[int, int] = {}
        self.bytes = len(read.words) * 10 + len(read.postings) * 2 + len(read.ids)
        """What it takes, more or less."""

    def find(self, asked: Iterable[str]) -> Found:
        """The pets that have a word for each of these beginnings."""
        bits = (1 << self._size) - 1
        for beginning in asked:
            bits &= self._beginning(beginning)
        return Found(bits, self._insertions)

    def _beginning(self, beginning: str) -> int:
        """The pets with a word that begins so."""
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
    """What is known of the words of one shelf's pets."""

    def __init__(self) -> None:
        self._inverted: InvertedIndex | None = None
        self._added: dict[bytes, str] = {}
        """The words of each pet that was listed lately, with a space before each."""
        self._forgotten = 0
        self._searches = 0
        """How many new ones were made without the index."""

    @property
    def size(self) -> int:
        """What it takes, in bytes."""
        return self._inverted.bytes if self._inverted else 0

    def are_worth_reading(self, index: ShelfIndex) -> bool:
        """Whether the new searches of an index have cost as much as knowing all words would have."""
        return self._searches * _PETS_PER_SEARCH > max(_MIN_PETS, len(index))

    async def read(self, index: ShelfIndex, reading: Callable[[], Awaitable[WordsOfShelf]]) -> None:
        """Learn all words of the pets of an index."""
        self._searches, forgotten = 0, self._forgotten
        read = await reading()
        if self._forgotten == forgotten:
            self._inverted = InvertedIndex(read, index)

    def forget(self) -> None:
        """Know no words, until they are worth reading again."""
        self._inverted = None
        self._added.clear()
        self._forgotten += 1

    def add(self, pet: bytes, words: str) -> None:
        """A pet was listed; there is a space before each of its words."""
        if len(self._added) >= _MAX_ADDED:
            self.forget()
        self._added[pet] = words

    def found(self, index: ShelfIndex, search: str) -> Found | None:
        """The pets of the index that a new search finds; None where the database is to be asked."""
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
        """Those of some pets that were listed lately which a search finds; None where the database is to be asked."""
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
