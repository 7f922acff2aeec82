"""Lists of pets: the shelf in its orders, its counts, and the sold pets."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from menagerie.database.paging import Page, checked_first, decode_cursor
from menagerie.database.session import ReadSession
from menagerie.errors import InvalidArgumentError
from menagerie.pets.models import AvailabilityCounts, Pet, PetSort, Species
from menagerie.pets.service import PET_COLUMNS, PET_TABLES
from menagerie.stores.models import Store

AVAILABLE: LiteralString = "pet.sold_at IS NULL AND pet.removed_at IS NULL"


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: the columns, and the comparison with the key of the last row."""

    by: LiteralString
    keyset: LiteralString


ORDERS: dict[PetSort, Order] = {
    PetSort.NEWEST: Order("pet.id DESC", "pet.id < %s"),
    PetSort.OLDEST: Order("pet.id", "pet.id > %s"),
    PetSort.NAME: Order("lower(pet.name), pet.id", "(lower(pet.name), pet.id) > (lower(%s), %s)"),
    PetSort.YOUNGEST: Order("pet.age_years, pet.id", "(pet.age_years, pet.id) > (%s, %s)"),
    PetSort.ELDEST: Order("pet.age_years DESC, pet.id DESC", "(pet.age_years, pet.id) < (%s, %s)"),
}


@dataclass(frozen=True, slots=True)
class _Count:
    count: int


@dataclass(frozen=True, slots=True)
class SpeciesCount:
    """How many pets of a species are available."""

    species: str
    count: int


def shelf_list(sort: PetSort) -> str:
    """The name of the list that shows the shelf in one order; a cursor belongs to one list."""
    return f"shelf/{sort.value}"


SOLD_LIST = "sold"


def shelf_key(pet: Pet, sort: PetSort) -> list[str | int]:
    """The pet's sort key in the shelf's list."""
    first: dict[PetSort, list[str | int]] = {
        PetSort.NAME: [pet.name],
        PetSort.YOUNGEST: [pet.age_years],
        PetSort.ELDEST: [pet.age_years],
    }
    return [*first.get(sort, []), str(pet.id)]


async def shelf(
    session: ReadSession,
    store: Store,
    *,
    first: int,
    after: str | None = None,
    species: Species | None = None,
    search: str | None = None,
    sort: PetSort = PetSort.NEWEST,
    total: int | None = None,
) -> Page[Pet]:
    """Fetch a page of the available pets, and count them unless the total is given. Ends the session.

    Raises:
        InvalidArgumentError: for an invalid page size, cursor or search text.
    """
    order = ORDERS[sort]
    where, parameters = filters(species, search)
    keyset: LiteralString = ""
    key: list[str | int] = []
    if after is not None:
        key = decode_cursor(store.key.sign, shelf_list(sort), after)
        keyset = " AND " + order.keyset
    page: LiteralString = f"SELECT {PET_COLUMNS} FROM {PET_TABLES} WHERE {where}{keyset} ORDER BY {order.by} LIMIT %s"
    limits = (*parameters, *_typed(key), checked_first(first) + 1)
    prepare = search is None
    if total is not None:
        return _page(await session.finish(Pet, page, limits, prepare=prepare), first, total, after)
    pets = await session.send(Pet, page, limits, prepare=prepare)
    count = await session.finish(
        _Count, f"SELECT count(*) AS count FROM pet WHERE {where}", parameters, prepare=prepare
    )
    return _page(await pets.rows(), first, count[0].count, after)


async def availability_counts(session: ReadSession) -> AvailabilityCounts:
    """Count the store's pets by availability."""
    counts = await session.fetch_one(
        AvailabilityCounts,
        "SELECT count(*) FILTER (WHERE sold_at IS NULL AND removed_at IS NULL) AS available, "
        "count(*) FILTER (WHERE sold_at IS NOT NULL) AS sold, "
        "count(*) FILTER (WHERE removed_at IS NOT NULL) AS removed FROM pet",
    )
    return counts or AvailabilityCounts(0, 0, 0)


async def species_counts(session: ReadSession, *, search: str | None = None) -> list[SpeciesCount]:
    """Count the available pets of each species, including those without any. Ends the session."""
    where, parameters = filters(None, search)
    rows = await session.finish(
        SpeciesCount,
        f"SELECT species, count(*) AS count FROM pet WHERE {where} GROUP BY species",
        parameters,
        prepare=search is None,
    )
    counts = {row.species: row.count for row in rows}
    return [SpeciesCount(species.value, counts.get(species.value, 0)) for species in Species]


async def sold(
    session: ReadSession, store: Store, *, start: datetime | date, end: datetime | date, first: int, after: str | None
) -> Page[Pet]:
    """Fetch a page of the pets sold from start to end, both inclusive, latest first. Ends the session.

    A plain date is a day in the store's time zone.

    Raises:
        InvalidArgumentError: for a range that ends before it starts, or an invalid page size or cursor.
    """
    earliest, latest = day_start(start, store.time_zone), day_end(end, store.time_zone)
    if latest < earliest:
        raise InvalidArgumentError("The range ends before it starts. Swap `start` and `end`.", code="BAD_RANGE")
    where: LiteralString = "pet.sold_at BETWEEN %s AND %s"
    keyset: LiteralString = ""
    key: list[object] = []
    if after is not None:
        sold_at, pet_id = decode_cursor(store.key.sign, SOLD_LIST, after)
        keyset, key = " AND (pet.sold_at, pet.id) < (%s, %s)", [datetime.fromisoformat(str(sold_at)), UUID(str(pet_id))]
    pets = await session.send(
        Pet,
        f"SELECT {PET_COLUMNS} FROM {PET_TABLES} WHERE {where}{keyset} ORDER BY pet.sold_at DESC, pet.id DESC LIMIT %s",
        (earliest, latest, *key, checked_first(first) + 1),
    )
    count = await session.finish(_Count, f"SELECT count(*) AS count FROM pet WHERE {where}", (earliest, latest))
    return _page(await pets.rows(), first, count[0].count, after)


def day_start(moment: datetime | date, time_zone: str) -> datetime:
    """The first instant of a range that starts at this moment or day."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def day_end(moment: datetime | date, time_zone: str) -> datetime:
    """The last microsecond of a range that ends at this moment or day; days are not always 24 hours long."""
    if isinstance(moment, datetime):
        return moment
    return day_start(moment + timedelta(days=1), time_zone) - timedelta(microseconds=1)


def filters(species: Species | None, search: str | None) -> tuple[LiteralString, list[object]]:
    """The WHERE condition that selects available pets, and its parameters.

    Raises:
        InvalidArgumentError: for an invalid search.
    """
    where, parameters = AVAILABLE, list[object]()
    if species is not None:
        where += " AND pet.species = %s"
        parameters.append(species.value)
    if search is not None:
        where += " AND pet.search @@ to_tsquery('simple', %s)"
        parameters.append(search)
    return where, parameters


def _typed(key: list[str | int]) -> list[object]:
    """The parts of a cursor in the types that the database compares; the last one is an id."""
    return [*key[:-1], UUID(str(key[-1]))] if key else []


def _page(rows: list[Pet], first: int, total: int, after: str | None) -> Page[Pet]:
    return Page(rows[:first], total, has_next=len(rows) > first, has_previous=after is not None)
