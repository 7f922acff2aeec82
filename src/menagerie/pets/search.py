"""The words of a search, as PostgreSQL looks for them."""

import unicodedata

from menagerie.errors import InvalidArgumentError

MAX_SEARCH_LENGTH = 200


def tsquery(search: str | None) -> str | None:
    """Convert a search to a tsquery in which each word matches as a prefix.

    The result is the same for all searches with the same words, and None for those that match everything.

    Raises:
        InvalidArgumentError: for an invalid search.
    """
    if search is None or not search.strip():
        return None
    if len(search) > MAX_SEARCH_LENGTH:
        raise InvalidArgumentError(f"A search can have at most {MAX_SEARCH_LENGTH} characters.", code="BAD_SEARCH")
    return " & ".join(sorted({f"{_lowered(word)}:*" for word in _words(unicodedata.normalize("NFC", search))}))


def _words(text: str) -> list[str]:
    """The words of a text. A mark belongs to its letter, since many scripts write vowels as marks."""
    spaced = "".join(each if each.isalnum() or unicodedata.category(each).startswith("M") else " " for each in text)
    return [word for word in spaced.split() if any(map(str.isalnum, word))]


def _lowered(word: str) -> str:
    """Lower-case the word if PostgreSQL would do the same in every locale."""
    return word.lower() if word.isascii() and "I" not in word else word
