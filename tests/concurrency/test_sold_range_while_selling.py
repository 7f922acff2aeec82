"""The merchant pages through sold pets while more are being sold."""

import asyncio
from itertools import cycle

from shop import Shop
from workers import stock, totals

SOLD = """query($after: String) { soldPets(start: "2020-01-01", end: "2999-12-31", first: 7, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id soldAt } } }"""


async def _all_sold(shop: Shop) -> list[dict]:
    nodes, after = [], None
    while True:
        page = (await shop.as_merchant(SOLD, after=after))["soldPets"]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes


async def test_paging_shows_each_pet_once_and_every_pet_that_was_sold_before(shops: list[Shop]) -> None:
    pet_ids = await stock(shops[0], [f"Pet {number}" for number in range(60)])
    before = set()
    for pet_id in pet_ids[:20]:
        await shops[0].buy(pet_id)
        before.add(pet_id)
    selling = asyncio.gather(
        *(shop.buy(i, "grace@example.com") for shop, i in zip(cycle(shops), pet_ids[20:], strict=False))
    )
    rounds = 0
    while not selling.done() or not rounds:
        nodes = await _all_sold(shops[rounds % 2])
        ids = [node["id"] for node in nodes]
        assert len(ids) == len(set(ids))
        assert before <= set(ids)
        moments = [node["soldAt"] for node in nodes]
        assert moments == sorted(moments, reverse=True)
        rounds += 1
    await selling
    assert {node["id"] for node in await _all_sold(shops[1])} == set(pet_ids)
    kept = await totals(shops[0])
    assert (kept.sold, kept.items, kept.available) == (60, 60, 0)


async def test_the_count_of_a_past_range_does_not_change(shops: list[Shop]) -> None:
    pet_ids = await stock(shops[0], [f"Pet {number}" for number in range(12)])
    for pet_id in pet_ids[:5]:
        last = await shops[0].buy(pet_id)
    query = 'query($end: DateTime!) { soldPets(start: "2020-01-01", end: $end) { totalCount nodes { id } } }'
    later = asyncio.gather(*(shops[0].buy(pet_id) for pet_id in pet_ids[5:]))
    while not later.done():
        found = (await shops[1].as_merchant(query, end=last["purchasedAt"]))["soldPets"]
        assert (found["totalCount"], len(found["nodes"])) == (5, 5)
    await later
