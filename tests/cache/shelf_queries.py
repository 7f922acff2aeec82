"""Every kind of shelf query, checked against PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from menagerie.pets.models import Species
from shop import Shop
from workers import process

SPECIES = [species.value for species in Species]
SEARCHES = (None, "luna")
NAMES = ("Luna", "Lunatic Bo", "Kermit", "Bo", "Bo Luna")
ROWS = 50

SORTS = ("NEWEST", "OLDEST", "NAME", "YOUNGEST", "ELDEST")
_LISTS = [
    *((sort, species, search) for sort in SORTS[:2] for species in (None, *SPECIES) for search in SEARCHES),
    *((sort, species, search) for sort in SORTS[2:] for species in (None, "FROG") for search in SEARCHES),
]


def _list(number: int, sort: str, species: str | None, search: str | None) -> str:
    chosen = (f", species: {species}" if species else "") + (f', search: "{search}"' if search else "")
    return f"l{number}: pets(first: {ROWS}, sort: {sort}{chosen}) {{ totalCount nodes {{ id }} }}"


def _counts(number: int, search: str | None) -> str:
    chosen = f'(search: "{search}")' if search else ""
    return f"c{number}: speciesCounts{chosen} {{ species count }}"


_FIELDS = " ".join(
    [
        *(_list(number, *each) for number, each in enumerate(_LISTS)),
        *(_counts(number, search) for number, search in enumerate(SEARCHES)),
    ]
)
KEPT = f"{{ {_FIELDS} }}"
"""An answer that is cached as a whole."""
MADE = f"{{ {_FIELDS} me {{ id }} }}"
"""The same, computed from the indexes each time."""
PAGE = """query($sort: PetSort!, $search: String, $after: String) {
    pets(first: 4, sort: $sort, search: $search, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage }
    } }"""


@dataclass(frozen=True)
class Row:
    id: Any
    species: str
    name: str
    age_years: int

    def found_by(self, search: str | None) -> bool:
        return search is None or any(word.startswith(search) for word in self.name.lower().split())


def in_worker(shop: Shop) -> Shop:
    """The same store, whose pets the worker itself lists, not a process beside it."""
    return replace(shop, runtime=process(shop))


async def available(shop: Shop) -> list[Row]:
    """The shelf, by a query that shares nothing with what is tested."""
    statement = "SELECT id, species, name, age_years FROM pet WHERE sold_at IS NULL AND removed_at IS NULL ORDER BY id"
    return await shop.runtime.database.read(shop.store, lambda session: session.finish(Row, statement))


def expected(rows: Sequence[Row], sort: str, species: str | None, search: str | None) -> list[str]:
    keys = {"NAME": lambda row: (row.name.lower(), row.id), "YOUNGEST": _age, "ELDEST": _age}
    chosen = [row for row in rows if species in {None, row.species} and row.found_by(search)]
    chosen.sort(key=keys.get(sort, lambda row: row.id), reverse=sort in {"NEWEST", "ELDEST"})
    return [str(row.id) for row in chosen]


def _age(row: Row) -> tuple[int, Any]:
    return row.age_years, row.id


async def assert_shelf_is_current(shop: Shop, *, rows: Sequence[Row] | None = None) -> None:
    rows = await available(shop) if rows is None else rows
    for query in (MADE, KEPT):
        assert_shows(await shop.storefront(query), rows)


def assert_shows(answer: dict[str, Any], rows: Sequence[Row]) -> None:
    for number, each in enumerate(_LISTS):
        ids = expected(rows, *each)
        assert [node["id"] for node in answer[f"l{number}"]["nodes"]] == ids[:ROWS], each
        assert answer[f"l{number}"]["totalCount"] == len(ids), each
    for number, search in enumerate(SEARCHES):
        counts = {species: len(expected(rows, "OLDEST", species, search)) for species in SPECIES}
        assert {each["species"]: each["count"] for each in answer[f"c{number}"]} == counts, search


async def assert_pages_are_complete(
    shop: Shop, sort: str, search: str | None, *, rows: Sequence[Row] | None = None
) -> None:
    rows = await available(shop) if rows is None else rows
    ids: list[str] = []
    after, more = None, True
    while more:
        page = (await shop.storefront(PAGE, sort=sort, search=search, after=after))["pets"]
        ids += [edge["node"]["id"] for edge in page["edges"]]
        more, after = page["pageInfo"]["hasNextPage"], page["edges"][-1]["cursor"] if page["edges"] else None
    assert ids == expected(rows, sort, None, search)


async def is_in_memory(shop: Shop) -> bool:
    """Whether the worker answers from memory; if not, a test would compare PostgreSQL with itself."""
    return shop.store.id in {store_id for store_id, _ in process(shop).shelves._known}
