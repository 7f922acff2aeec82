"""A customer's own purchases, newest first, page by page."""

from typing import Any

from shop import Shop
from workers import stock, totals

PAGE = """query($first: Int, $after: String) { purchases(first: $first, after: $after) { totalCount
    nodes { id purchasedAt pets { id name availability } } edges { cursor } pageInfo { hasNextPage endCursor } } }"""


async def test_pages_of_any_size_make_up_the_history(shop: Shop) -> None:
    pet_ids = await stock(shop, [f"Pet {number}" for number in range(5)])
    bought = [(await shop.buy(pet_id))["id"] for pet_id in pet_ids]
    for pet_id in await stock(shop, ["Luna", "Kermit", "Rex"]):
        await shop.add_to_cart(pet_id)
    bought.append((await shop.checkout())["id"])
    for first in (1, 2, 6, 100):
        found, after = [], None
        while True:
            page = (await shop.storefront(PAGE, first=first, after=after))["purchases"]
            assert page["totalCount"] == 6
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert [purchase["id"] for purchase in found] == bought[::-1]
        assert [len(purchase["pets"]) for purchase in found] == [3, 1, 1, 1, 1, 1]
        moments = [purchase["purchasedAt"] for purchase in found]
        assert moments == sorted(moments, reverse=True)
        assert {pet["availability"] for purchase in found for pet in purchase["pets"]} == {"SOLD"}


async def test_another_customer_sees_none_of_it(shop: Shop, other: Shop) -> None:
    (pet_id,) = await stock(shop, ["Luna"])
    await shop.buy(pet_id)
    for store, customer in ((shop, "grace@example.com"), (other, "ada@example.com")):
        page = (await store.storefront(PAGE, customer))["purchases"]
        assert (page["totalCount"], page["nodes"]) == (0, [])


async def test_a_cursor_of_another_list_is_refused(shop: Shop) -> None:
    await stock(shop, ["Luna", "Kermit"])
    shelf = (await shop.storefront("{ pets(first: 1) { pageInfo { endCursor } } }"))["pets"]["pageInfo"]["endCursor"]
    refused: list[dict[str, Any]] = [{"after": shelf}, {"first": 0}, {"first": 101}, {"after": "nonsense"}]
    for variables in refused:
        response = await shop.post("storefront", PAGE, f"{shop.slug}/ada@example.com", **variables)
        assert response.json()["errors"][0]["extensions"]["code"] in {"BAD_CURSOR", "BAD_PAGE_SIZE"}


async def test_a_purchase_repeated_with_its_key_equals_the_first_one(shop: Shop) -> None:
    luna, kermit = await stock(shop, ["Luna", "Kermit"])
    first = await shop.buy(luna, key="intent")
    assert await shop.buy(luna, key="intent") == first
    query = 'mutation($id: ID!) { purchasePet(petId: $id, idempotencyKey: "intent") { __typename } }'
    response = await shop.post("storefront", query, f"{shop.slug}/ada@example.com", id=kermit)
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "IDEMPOTENCY_KEY_REUSED"}
    assert error["message"] == "This idempotency key was used for something else. Use a new key for each intent."
    assert (await totals(shop)).sold == 1
