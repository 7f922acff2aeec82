"""Whether an operation costs the same in a store of a hundred pets as in one of a hundred thousand.

Requests are sent one after the other, each over the next of some connections, so that both workers take part; the CPU
time of the server, PostgreSQL and Valkey is read from their clocks before and after each. First, answers are cached.
Then each request comes right after a sale in its store, so that no whole answer from before is cached.
"""

import argparse
import asyncio
import itertools
import random
import ssl
import statistics
import sys
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

import report
from calls import search_texts
from connection import Connection
from documents import document
from menagerie.database.paging import encode_cursor
from menagerie.pets.models import PetSort
from menagerie.pets.queries import shelf_list
from menagerie.runtime import runtime
from people import SHELF
from population import Shop, Size, connected, enter, insert_pets, insert_tokens, populate_stores
from report import Figures
from request import basic, operation
from usage import Family, clocks
from workbench import Workbench, workbench

_SIZES = {"hundred": 100, "ten-thousand": 10_000, "hundred-thousand": 100_000}
_CONNECTIONS = 8
_WARMING = 4 * _CONNECTIONS
_PAGE = 24
_KNOWN_SEARCH = "gentle"
_GOAL = 1.5


@dataclass(frozen=True)
class _Operation:
    """An operation to measure."""

    document: str = "Shelf"
    sort: PetSort = PetSort.NEWEST
    page: int = 1
    search: str | None = None
    new: bool = False
    """Whether it is a new search each time."""


_OPERATIONS = {
    "list": _Operation(),
    "list by name": _Operation(sort=PetSort.NAME),
    "counts": _Operation("SpeciesCounts"),
    "search": _Operation(search=_KNOWN_SEARCH),
    "counts of a search": _Operation("SpeciesCounts", search=_KNOWN_SEARCH),
    "new search": _Operation(new=True),
    "2nd page": _Operation(page=2),
    "1,000th page": _Operation(page=1000),
    "2nd page by name": _Operation(sort=PetSort.NAME, page=2),
    "1,000th page by name": _Operation(sort=PetSort.NAME, page=1000),
}
_DEEP = {"1,000th page": "2nd page", "1,000th page by name": "2nd page by name"}
"""Only the largest store has this many pages: they are compared with others of the same store."""


@dataclass
class _Place:
    """A store, its customers' credentials, and the pets that can still be sold there."""

    shop: Shop
    pets: int
    customers: Iterator[str]
    unsold: list[UUID]
    searches: list[str]
    """Searches that nobody has made there yet, the same for all stores."""


def main() -> int:
    """Measure and print. Returns 1 if an answer was wrong."""
    options = _options()
    shops: list[Shop] = []

    def prepare(*installed: Any) -> None:
        shops.extend(populate_stores(*installed, [Size(slug, pets, _CONNECTIONS) for slug, pets in _SIZES.items()]))

    with workbench(prepare=prepare, log_to_file=True) as bench:
        figures = asyncio.run(_Measurement(bench, options.requests).all(shops))
    worst = max(figures["rows"], key=lambda row: row["ratio"])
    figures["goals"] = report.goals([(f"the largest ratio ({worst['name']})", worst["ratio"], "at most", _GOAL)])
    return report.finish(options, figures)


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--requests", type=int, default=200, help="of each operation in each store")
    return parser.parse_args()


class _Measurement:
    """Sends requests, sells pets, and reads the clocks."""

    def __init__(self, bench: Workbench, requests: int) -> None:
        self._bench = bench
        self._requests = requests
        self._connections: Iterator[Connection] = iter(())
        self._families = [
            Family("server", bench.server),
            Family("PostgreSQL", bench.installation.postgres.pid or 0),
            Family("Valkey", bench.installation.valkey.pid or 0),
        ]
        self._sales: dict[int, list[float]] = defaultdict(list)

    async def all(self, shops: Sequence[Shop]) -> Figures:
        """Measure every operation, cached and after sales, and the sales themselves."""
        context = ssl.create_default_context(cafile=str(self._bench.installation.certificates().authority))
        port = self._bench.settings.port
        self._connections = itertools.cycle([await Connection.open(port, context) for _ in range(_CONNECTIONS)])
        places = [self._place(shop, pets) for shop, pets in zip(shops, _SIZES.values(), strict=True)]
        print(f"{report.machine()}, two workers; µs of processor for a request: server, PostgreSQL and Valkey\n")
        report.head("operation", *(f"{place.pets:,} pets" for place in places), "ratio", "of")
        rows: list[Figures] = []
        void: list[str] = []
        for sold, (name, asked) in itertools.product((False, True), _OPERATIONS.items()):
            title = name + ", after a sale" * sold
            try:
                rows.append(_row(title, [await self._costs(place, asked, sold=sold) for place in places]))
            except (ValueError, OSError) as error:
                void.append(f"{title}: {error!r}")
                continue
            if name in _DEEP:
                _compare(rows[-1], rows, _DEEP[name] + ", after a sale" * sold)
            _show(rows[-1])
        rows.append(_row("a sale", [_cost(self._sales[place.pets]) for place in places]))
        _show(rows[-1])
        return {"rows": rows, "sizes": list(_SIZES.values()), "void": void}

    def _place(self, shop: Shop, pets: int) -> _Place:
        with connected(self._bench.installation) as connection:
            enter(connection, shop.store)
            tokens = insert_tokens(connection, shop.customers)
            slug = shop.store.slug
            pairs = zip(shop.customers, tokens, strict=True)
            customers = [basic(f"{slug}/{customer.email}", token) for customer, token in pairs]
            unsold = [row[0] for row in connection.execute("SELECT id FROM pet").fetchall()]
        searches = [text for texts in search_texts() for text in texts]
        for each in (unsold, searches):
            random.Random(1).shuffle(each)
        return _Place(shop, pets, itertools.cycle(customers), unsold, searches)

    async def _costs(self, place: _Place, asked: _Operation, *, sold: bool) -> Figures | None:
        """Microseconds of each request; None if the store has no such page."""
        if place.pets // 2 < asked.page * _PAGE and asked.page > 2:
            return None
        costs: list[float] = []
        while len(costs) < self._requests:
            portion = min(self._requests - len(costs), place.pets // 2)
            await self._restock(place)
            variables = self._variables(place, asked)
            for _ in range(_WARMING):
                await self._ask(place, asked, variables)
            pids = [pid for family in self._families for pid in family.pids()]
            for _ in range(portion):
                if sold:
                    self._sales[place.pets].append(await self._clocked(pids, self._sell(place)))
                if asked.new:
                    variables = SHELF | {"search": place.searches.pop()}
                costs.append(await self._clocked(pids, self._ask(place, asked, variables)))
        return _cost(costs)

    def _variables(self, place: _Place, asked: _Operation) -> Figures:
        if asked.document == "SpeciesCounts":
            return {"search": asked.search}
        after = None
        if asked.page > 1:
            order = "lower(name), id" if asked.sort is PetSort.NAME else "id DESC"
            with connected(self._bench.installation) as connection:
                enter(connection, place.shop.store)
                row = connection.execute(
                    f"SELECT name, id FROM pet WHERE sold_at IS NULL ORDER BY {order} LIMIT 1 OFFSET %s",
                    (_PAGE * (asked.page - 1) - 1,),
                ).fetchone()
            key = [str(part) for part in row or ()][asked.sort is not PetSort.NAME :]
            after = encode_cursor(place.shop.store.key.sign, shelf_list(asked.sort), key)
        return SHELF | {"after": after, "search": asked.search, "sort": asked.sort.value}

    async def _restock(self, place: _Place) -> None:
        """Replace what was sold before it runs out, bypassing the server, which then reads its shelf again."""
        missing = place.pets - len(place.unsold)
        if missing < place.pets // 4:
            return
        with connected(self._bench.installation) as connection:
            enter(connection, place.shop.store)
            place.unsold += insert_pets(connection, place.shop, missing, seed=random.randrange(1 << 32))
        async with runtime(self._bench.settings) as opened:
            await opened.shelves.log.append(place.shop.store.namespace, None)
        random.shuffle(place.unsold)

    async def _clocked(self, pids: Sequence[int], work: Awaitable[None]) -> float:
        before = clocks(pids)
        await work
        return sum(seconds - before[pid] for pid, seconds in clocks(before).items()) * 1e6

    async def _sell(self, place: _Place) -> None:
        variables = {"petId": str(place.unsold.pop()), "idempotencyKey": None}
        await self._send(place, "PurchasePet", variables, b'"Purchase"')

    async def _ask(self, place: _Place, asked: _Operation, variables: Figures) -> None:
        """Ask, and check that the answer reflects every sale."""
        whole = asked.document == "Shelf" and asked.search is None and not asked.new
        expected = b'"totalCount":%d' % len(place.unsold) if whole else b'{"data":'
        content = await self._send(place, asked.document, variables, expected)
        if asked.document == "SpeciesCounts" and asked.search is None:
            counted = sum(each["count"] for each in orjson.loads(content)["data"]["speciesCounts"])
            if counted != len(place.unsold):
                raise ValueError(f"{counted} pets were counted, where {len(place.unsold)} are there")

    async def _send(self, place: _Place, name: str, variables: Figures, expected: bytes) -> bytes:
        request = operation("storefront", next(place.customers), document(name), variables)
        answer = await next(self._connections).ask(request.raw(self._bench.settings.port))
        if answer.status != 200 or expected not in answer.body or b'"errors":' in answer.body:
            raise ValueError(f"{name} was answered {answer.status}: {answer.body[:300]!r}")
        return answer.body


def _cost(costs: Sequence[float]) -> Figures:
    return {"mean": statistics.fmean(costs), "median": statistics.median(costs), "requests": len(costs)}


def _row(name: str, costs: list[Figures | None]) -> Figures:
    means = [cost["mean"] for cost in costs if cost is not None]
    return {"name": name, "costs": costs, "ratio": means[-1] / means[0], "compared": "largest to smallest store"}


def _compare(row: Figures, rows: list[Figures], with_name: str) -> None:
    """Compare a row that only the largest store has with another of its rows."""
    for other in rows:
        if other["name"] == with_name:
            row["ratio"] = row["costs"][-1]["mean"] / other["costs"][-1]["mean"]
            row["compared"] = f"to the {with_name}"


def _show(row: Figures) -> None:
    means = (None if cost is None else cost["mean"] for cost in row["costs"])
    report.row(row["name"], *means, row["ratio"], row["compared"])


if __name__ == "__main__":
    sys.exit(main())
