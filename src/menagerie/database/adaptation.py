"""Adaptation between Python and PostgreSQL: statements with placeholders, and rows as dataclasses.

Both are cached, by a statement's text and by a row's shape. The texts are literals in the code, so there are few.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg.adapt import PyFormat

_PLACEHOLDER = re.compile(r"%(.?)", re.DOTALL)
_MAX_CACHED = 1024

Row = TypeVar("Row")


class Translated(NamedTuple):
    """A statement as PostgreSQL reads it, and how to send each of its parameters."""

    text: bytes
    formats: Sequence[PyFormat]


@lru_cache(_MAX_CACHED)
def translated(statement: str) -> Translated:
    """The statement with each `%s` replaced by `$1`, `$2`, …, and each `%%` by `%`.

    Raises:
        psycopg.ProgrammingError: for any other use of `%`.
    """
    placeholders = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal placeholders
        if match[1] == "%":
            return "%"
        if match[1] != "s":
            raise psycopg.ProgrammingError(
                f"A statement has {match[0]!r}; write %s for a parameter and %% for a percent."
            )
        placeholders += 1
        return f"${placeholders}"

    text = _PLACEHOLDER.sub(replacement, statement).encode()
    return Translated(text, [PyFormat.AUTO] * placeholders)


@lru_cache(_MAX_CACHED)
def row_maker(row: type[Row], columns: tuple[bytes | None, ...]) -> Callable[[Sequence[Any]], Row]:
    """A function that builds a `row`, a dataclass, from the values of these columns.

    Raises:
        TypeError: when the columns are not the dataclass's fields.
    """
    known = [(column or b"").decode() for column in columns]
    names = [field.name for field in fields(row) if field.init]  # type: ignore[arg-type]  # a dataclass
    if sorted(names) != sorted(known):
        raise TypeError(f"The columns {', '.join(known)} are not the fields of {row.__name__}: {', '.join(names)}.")
    if names == known:
        return lambda values: row(*values)
    pick = itemgetter(*map(known.index, names))
    return lambda values: row(*pick(values))
