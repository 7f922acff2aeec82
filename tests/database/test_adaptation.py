"""Psycopg's placeholders become PostgreSQL's; any other percent sign is refused."""

import psycopg
import pytest

from menagerie.database.adaptation import translated


@pytest.mark.parametrize(
    ("statement", "text", "parameters"),
    [
        ("SELECT %s", "SELECT $1", 1),
        ("SELECT %s, %s", "SELECT $1, $2", 2),
        ("SELECT 'a%%' LIKE %s", "SELECT 'a%' LIKE $1", 1),
        ("SELECT '%%s', %s", "SELECT '%s', $1", 1),
        ("SELECT %%%s", "SELECT %$1", 1),
    ],
)
def test_placeholders_become_numbers(statement: str, text: str, parameters: int) -> None:
    made = translated(statement)
    assert (made.text.decode(), len(made.formats)) == (text, parameters)


@pytest.mark.parametrize("statement", ["SELECT 5 % 2, %s", "SELECT %(name)s", "SELECT %s %", "SELECT %b"])
def test_any_other_percent_is_refused(statement: str) -> None:
    with pytest.raises(psycopg.ProgrammingError):
        translated(statement)
