"""A store is suspended or deleted while customers buy: every answer is a purchase or a refusal with a reason."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle

import httpx
import pytest

from menagerie.stores.provision import delete_store
from shop import PASSWORD, Shop, basic, open_shop
from workers import at, stock, totals

BUY = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
CUSTOMERS = 12
LIST = "{ pets(first: 3) { nodes { name } } }"


def _outcome(response: httpx.Response) -> str:
    """Purchase, list, 401, 403 or STORE_CLOSED; anything else fails the test."""
    if response.status_code in {401, 403}:
        assert response.json()["errors"][0]["message"]
        return str(response.status_code)
    assert response.status_code == 200, response.text
    body = response.json()
    if "errors" in body:
        assert [error["extensions"]["code"] for error in body["errors"]] == ["STORE_CLOSED"], body
        return "STORE_CLOSED"
    return str((body["data"].get("purchasePet") or {"__typename": "list"})["__typename"])


async def _buy_while(shops: list[Shop], pet_ids: list[str], close: Callable[[], Awaitable[None]]) -> Counter[str]:
    """Customers buy and look until refused, while the store closes. Returns the count of each kind of answer."""
    user = [f"{shops[0].slug}/{email}" for email in ("ada@example.com", "grace@example.com")]
    for shop in shops:  # compute the slow hash of each before the race begins
        await asyncio.gather(*(shop.post("storefront", "{ me { id } }", one) for one in user))
    outcomes: Counter[str] = Counter()

    async def customer(shop: Shop, one: str, wanted: list[str]) -> None:
        for pet_id in wanted:
            buying, looking = shop.post("storefront", BUY, one, id=pet_id), shop.post("storefront", LIST, one)
            answers = [_outcome(response) for response in await asyncio.gather(buying, looking)]
            outcomes.update(answers)
            if not {"Purchase", "list"}.issuperset(answers):
                return

    customers = [
        asyncio.create_task(customer(shop, one, pet_ids[number::CUSTOMERS]))
        for number, shop, one in zip(range(CUSTOMERS), cycle(shops), cycle([*user, *reversed(user)]), strict=False)
    ]
    while outcomes["Purchase"] < CUSTOMERS:  # noqa: ASYNC110  there is no event for this
        await asyncio.sleep(0.001)
    await close()
    await asyncio.gather(*customers)
    assert outcomes["401"] + outcomes["403"] + outcomes["STORE_CLOSED"] > 0, "the race ended before the store closed"
    return outcomes


async def test_suspending_a_store_lets_purchases_finish_and_refuses_the_rest(shops: list[Shop]) -> None:
    stores, store = shops[0].runtime.stores, shops[0].store
    bought = 0
    for _ in range(4):
        pet_ids = await stock(shops[0], [f"Pet {number}" for number in range(600)])
        outcomes = await _buy_while(shops, pet_ids, lambda: stores.suspend(store))
        bought += outcomes["Purchase"]
        refused = await shops[1].post("storefront", LIST, f"{store.slug}/ada@example.com")
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["message"] == "Alpha Pets is closed for now. Please come back later."
        kept = await totals(shops[0])
        kept.balance()
        assert kept.sold == bought
        await stores.resume(store)
        assert (await shops[1].post("storefront", LIST, f"{store.slug}/ada@example.com")).status_code == 200


@pytest.mark.parametrize("turn", range(4))
async def test_deleting_a_store_while_it_sells_shows_nobody_a_fault(
    turn: int, shop: Shop, first_worker: httpx.AsyncClient, second_worker: httpx.AsyncClient
) -> None:
    doomed = await open_shop(shop.runtime, first_worker, "doomed")
    shops = [at(doomed, first_worker), at(doomed, second_worker)]
    pet_ids = await stock(doomed, [f"Pet {number}" for number in range(600)])
    await _buy_while(shops, pet_ids, lambda: delete_store(shop.runtime.stores, doomed.store))
    for one in shops:
        gone = await one.post("storefront", LIST, f"{doomed.slug}/ada@example.com")
        assert gone.status_code == 401
        merchant = await one.client.post(
            "/graphql/merchant",
            json={"query": "{ store { name } }"},
            headers={"Authorization": basic(f"{doomed.slug}/{doomed.merchant}", PASSWORD)},
        )
        assert merchant.status_code == 401
    assert await shop.runtime.stores.find(doomed.slug) is None
