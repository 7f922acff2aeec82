"""Making a store, compared to an empty transaction on the same connections."""

import statistics
import time
from collections.abc import Awaitable, Callable

from menagerie.accounts.merchants import get_merchant
from menagerie.database.session import WriteSession
from menagerie.runtime import runtime
from menagerie.stores.models import NewStore
from menagerie.stores.provision import create_store
from workbench import Workbench

_ROUNDS = 100


async def measure(bench: Workbench) -> tuple[str, float, float]:
    """The measurement's name, and the medians in milliseconds of making a store and of an empty transaction."""
    async with runtime(bench.settings) as opened:
        merchant = await opened.database.read_platform(lambda session: get_merchant(session, "merlin"))

        async def make(number: int) -> None:
            wanted = NewStore(f"bench-{number}", f"Bench {number}", "", "UTC")
            await create_store(opened.stores, wanted, merchant_id=merchant.id)

        async def nothing(_number: int) -> None:
            await opened.database.write_as_owner(_nothing)

        await nothing(0)
        return "making a store", await _median(make), await _median(nothing)


async def _nothing(session: WriteSession) -> None:
    await session.execute("SELECT 1")


async def _median(work: Callable[[int], Awaitable[None]]) -> float:
    times = []
    for number in range(_ROUNDS):
        begun = time.perf_counter()
        await work(number)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)
