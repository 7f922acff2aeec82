"""Stores move between nodes, and nodes fail, while customers buy."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Self

from citus import HOST, Citus, Node
from menagerie.runtime import Runtime
from shop import Shop, open_shop
from workers import stock, totals


def elsewhere(cluster: Citus, node: Node) -> Node:
    return next(worker for worker in cluster.workers if worker is not node)


async def move(cluster: Citus, shop: Shop, target: Node) -> None:
    statement = "SELECT citus_schema_move(%s::regnamespace, %s, %s)"
    await asyncio.to_thread(cluster.coordinator.run, statement, (shop.store.schema, HOST, target.port))


async def new_store_on(node: Node, shop: Shop, home: Callable[[Shop], Node]) -> Shop:
    """A new store on this node, because new stores go to the workers in turn."""
    made = await open_shop(shop.runtime, shop.client, "placed")
    while home(made) is not node:
        made = await open_shop(shop.runtime, shop.client, "placed")
    return made


class Buyers:
    """Customers who buy one pet after another, before, during and after what happens in the block."""

    def __init__(self, shop: Shop, pets: list[str]) -> None:
        self.shop, self.pets = shop, pets
        self.answers: list[dict[str, Any]] = []
        self.longest = 0.0
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._buy(customer)) for customer in ("ada@example.com", "grace@example.com")
        ]
        await self._buy_more(10)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._buy_more(10)
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def _buy_more(self, count: int) -> None:
        target = len(self.answers) + count
        async with asyncio.timeout(30):
            while len(self.answers) < target and self.pets:  # noqa: ASYNC110  there is no event for this
                await asyncio.sleep(0.01)

    async def _buy(self, customer: str) -> None:
        while not self._stop.is_set() and self.pets:
            began = time.monotonic()
            self.answers.append(await self.shop.buy(self.pets.pop(), customer))
            self.longest = max(self.longest, time.monotonic() - began)

    @property
    def confirmed(self) -> int:
        return sum(answer.get("__typename") == "Purchase" for answer in self.answers)


async def test_a_store_moves_while_customers_buy(
    cluster: Citus, shop: Shop, other: Shop, home: Callable[[Shop], Node]
) -> None:
    """Every purchase is answered and kept, for two moves: the second leads back to a known node."""
    pets = await stock(shop, [f"Pet {number}" for number in range(2_000)])
    await other.list_pet("Neighbour")
    for _ in range(2):
        target = elsewhere(cluster, home(shop))
        async with Buyers(shop, pets) as buyers:
            await move(cluster, shop, target)
            assert home(shop) is target
        assert buyers.confirmed == len(buyers.answers) > 10, buyers.answers
        assert buyers.longest < 2
    found = await totals(shop)
    found.balance()
    assert found.sold == 2_000 - len(pets)
    assert await other.shelf_names() == ["Neighbour"]


async def test_a_process_that_missed_the_move_finds_the_store(
    cluster: Citus, shop: Shop, home: Callable[[Shop], Node], platform: Runtime
) -> None:
    """Another process still has the old node in memory."""
    await stock(shop, ["Before"])
    await platform.stores.get(shop.store.slug)
    assert (await totals(shop)).pets == 1
    await move(cluster, shop, elsewhere(cluster, home(shop)))
    await stock(shop, ["After"])
    assert (await totals(shop)).pets == 2


async def test_an_unreachable_node_affects_only_its_own_stores(
    cluster: Citus, shop: Shop, home: Callable[[Shop], Node], platform: Runtime
) -> None:
    # The node of the oldest store, which is the one that readiness checks on a single server.
    unreachable = cluster.home((await platform.stores.all())[0].schema)
    shop = await new_store_on(unreachable, shop, home)
    neighbour = await new_store_on(elsewhere(cluster, unreachable), shop, home)
    await shop.list_pet("Here")
    await neighbour.list_pet("There")
    unreachable.stop()
    try:
        answer = await shop.post("storefront", "{ cart { pets { id } } }", f"{shop.store.slug}/ada@example.com")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        assert await neighbour.shelf_names() == ["There"]
        assert (await totals(neighbour)).pets == 1
        assert (await shop.client.get("/health/ready")).json() == {"status": "ready", "database": "ok", "cache": "ok"}
    finally:
        unreachable.start()
    assert await shop.shelf_names() == ["Here"]
    assert (await totals(shop)).pets == 1


async def test_a_new_node_accepts_stores(cluster: Citus, shop: Shop, home, platform: Runtime) -> None:
    third = cluster.add_worker()
    try:
        await move(cluster, shop, third)
        await stock(shop, ["Pioneer"])
        assert home(shop) is third
        assert (await totals(shop)).pets == 1
    finally:
        await move(cluster, shop, cluster.workers[0])
        cluster.remove_worker(third)
    assert (await totals(shop)).pets == 1
