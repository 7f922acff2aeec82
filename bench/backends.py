"""One PostgreSQL backend's memory by how many stores it has worked for, and the cost of a store's first transaction.

`--keep` keeps the connection as if its stores were not counted, which is what the limit is compared to.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import report
from menagerie.accounts.merchants import get_merchant
from menagerie.database import pipeline
from menagerie.database.session import WriteSession
from menagerie.pets import queries
from menagerie.runtime import Runtime, runtime
from menagerie.stores.models import NewStore, Store
from menagerie.stores.provision import create_store
from workbench import Workbench, workbench

_TURNS = 3
_KIB = 1024


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=int, default=1000)
    parser.add_argument("--keep", action="store_true", help="never replace the connection")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.keep:
        pipeline.MAX_SCHEMAS = sys.maxsize
    with workbench(workers=1) as bench:
        figures = asyncio.run(_measure(bench, options.stores))
    return report.finish(options, figures)


async def _measure(bench: Workbench, count: int) -> report.Figures:
    settings = bench.settings.model_copy(update={"database_connections": 1})
    async with runtime(settings) as opened:
        merchant = await opened.database.read_platform(lambda session: get_merchant(session, "merlin"))
        stores = [
            await create_store(opened.stores, NewStore(f"b-{number}", "B", "", "UTC"), merchant_id=merchant.id)
            for number in range(count)
        ]
    spent, largest, backends = [0.0] * _TURNS, 0.0, set[int]()
    async with runtime(settings) as opened:
        for store in stores:
            for turn in range(_TURNS):
                begun = time.perf_counter()
                for work in _WORK:
                    await work(opened, store)
                spent[turn] += time.perf_counter() - begun
            pid = await _backend(opened)
            backends.add(pid)
            largest = max(largest, _private_mib(pid))
    each = [total / count / len(_WORK) * 1000 for total in spent]
    report.head("stores", "backends", "largest, MiB", *(f"transaction {turn + 1}, ms" for turn in range(_TURNS)))
    report.row(str(count), str(len(backends)), largest, *each)
    goals = report.goals([("memory of a backend, MiB", largest, "at most", 64)])
    return {"void": [], "largest": largest, "backends": len(backends), "milliseconds": each, "goals": goals}


async def _list(opened: Runtime, store: Store) -> None:
    await opened.database.read(store, lambda session: queries.shelf(session, store, first=10))


async def _count(opened: Runtime, store: Store) -> None:
    await opened.database.read(store, queries.species_counts)


async def _write(opened: Runtime, store: Store) -> None:
    """Touch every table that customers use, without changing a row."""

    async def work(session: WriteSession) -> None:
        await session.execute("UPDATE pet SET sold_at = now() WHERE id = gen_random_uuid()")
        await session.execute("DELETE FROM cart_item WHERE false")
        await session.execute("SELECT FROM customer, purchase, purchase_item, idempotency, access_token LIMIT 1")

    await opened.database.write(store, work)


_WORK: tuple[Callable[[Runtime, Store], Awaitable[None]], ...] = (_list, _count, _write)


async def _backend(opened: Runtime) -> int:
    async with opened.database.nodes.coordinator.connection() as connection:
        return connection.info.backend_pid


def _private_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / _KIB


if __name__ == "__main__":
    sys.exit(main())
