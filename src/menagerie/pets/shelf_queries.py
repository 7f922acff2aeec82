"""Queries for the data that an index is built from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from menagerie.database.session import ReadSession
from menagerie.pets.inverted_index import WordsOfShelf
from menagerie.pets.models import PetSort
from menagerie.pets.queries import AVAILABLE, ORDERS, filters


@dataclass(frozen=True, slots=True)
class Listed:
    """The available pets in the order of listing."""

    ids: bytes
    species: str
    """The first letter of each pet's species."""


@dataclass(frozen=True, slots=True)
class Available:
    """An available pet."""

    id: UUID
    species: str
    words: str
    """The words that searches find it by, with a space before each."""


@dataclass(frozen=True, slots=True)
class _Ids:
    ids: bytes


async def whole_shelf(session: ReadSession) -> Listed:
    """Fetch the whole shelf. Ends the session."""
    rows = await session.finish(
        Listed,
        "SELECT coalesce(string_agg(uuid_send(id), ''::bytea ORDER BY id), '') AS ids, "
        f"coalesce(string_agg(left(species, 1), '' ORDER BY id), '') AS species FROM pet WHERE {AVAILABLE}",
    )
    return rows[0]


async def in_order(session: ReadSession, sort: PetSort) -> bytes:
    """Fetch the available pets in an order. Ends the session."""
    rows = await session.finish(
        _Ids,
        f"SELECT coalesce(string_agg(uuid_send(id), ''::bytea ORDER BY {ORDERS[sort].by}), '') AS ids "
        f"FROM pet WHERE {AVAILABLE}",
    )
    return rows[0].ids


async def all_words(session: ReadSession) -> WordsOfShelf:
    """Fetch all words of the whole shelf. Ends the session."""
    rows = await session.finish(
        WordsOfShelf,
        f"""
        WITH available AS MATERIALIZED (
            SELECT id, row_number() OVER (ORDER BY id) - 1 AS number, tsvector_to_array(search) AS words
            FROM pet WHERE {AVAILABLE}
        ), posting AS (
            SELECT word, count(*) AS count, string_agg(int4send(number::integer), ''::bytea) AS postings
            FROM available, unnest(words) AS word GROUP BY word
        )
        SELECT coalesce((SELECT string_agg(uuid_send(id), ''::bytea ORDER BY number) FROM available), '') AS ids,
            coalesce(string_agg(word, ' ' ORDER BY word COLLATE "C"), '') AS words,
            coalesce(string_agg(int4send(count::integer), ''::bytea ORDER BY word COLLATE "C"), '') AS counts,
            coalesce(string_agg(postings, ''::bytea ORDER BY word COLLATE "C"), '') AS postings
        FROM posting
        """,
    )
    return rows[0]


async def found_by(session: ReadSession, search: str) -> bytes:
    """Fetch the available pets that a search finds, in any order. Ends the session."""
    where, parameters = filters(None, search)
    rows = await session.finish(
        _Ids,
        f"SELECT coalesce(string_agg(uuid_send(id), ''::bytea), '') AS ids FROM pet WHERE {where}",
        parameters,
        prepare=False,
    )
    return rows[0].ids


async def available_among(session: ReadSession, pet_ids: Sequence[UUID], search: str | None) -> list[Available]:
    """Fetch those of the pets that are available and that the search finds. Ends the session."""
    where, parameters = filters(None, search)
    return await session.finish(
        Available,
        "SELECT id, species, array_to_string(array_prepend('', tsvector_to_array(search)), ' ') AS words "
        f"FROM pet WHERE {where} AND id = ANY(%s)",
        (*parameters, list(pet_ids)),
    )
