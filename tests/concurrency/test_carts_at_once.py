"""One customer's devices change one cart at once: no change is lost, and only its contents are bought."""

import asyncio
from itertools import cycle

from shop import Shop
from workers import stock, totals

REMOVE = "mutation($id: ID!) { removeFromCart(petId: $id) { pets { id } } }"


async def test_pets_added_from_two_devices_are_all_in_the_cart(shops: list[Shop]) -> None:
    pet_ids = await stock(shops[0], [f"Pet {number}" for number in range(30)])
    answers = await asyncio.gather(*(shop.add_to_cart(i) for shop, i in zip(cycle(shops), pet_ids, strict=False)))
    assert {answer["__typename"] for answer in answers} == {"Cart"}
    assert sorted(answer["availableCount"] for answer in answers) == list(range(1, 31))
    assert {pet["id"] for pet in (await shops[1].cart())["pets"]} == set(pet_ids)


async def test_adding_one_pet_many_times_at_once_adds_it_once(shops: list[Shop]) -> None:
    (pet_id,) = await stock(shops[0], ["Luna"])
    await asyncio.gather(*(shop.add_to_cart(pet_id) for shop in shops * 8))
    assert (await totals(shops[0])).cart_items == 1


async def test_a_full_cart_stays_at_its_limit_under_concurrent_additions(shops: list[Shop]) -> None:
    pet_ids = await stock(shops[0], [f"Pet {number}" for number in range(106)])
    query = "mutation($id: ID!) { addToCart(petId: $id) { ... on Cart { availableCount } } }"
    user = f"{shops[0].slug}/ada@example.com"
    answers = await asyncio.gather(
        *(shop.post("storefront", query, user, id=i) for shop, i in zip(cycle(shops), pet_ids, strict=False))
    )
    codes = [error["extensions"]["code"] for a in answers for error in a.json().get("errors", ())]
    assert codes == ["CART_FULL"] * 6
    assert (await totals(shops[0])).cart_items == 100


async def test_changes_and_a_checkout_of_one_cart_are_serialized(shops: list[Shop]) -> None:
    for _ in range(30):
        kept_id, dropped_id, added_id = await stock(shops[0], ["Kept", "Dropped", "Added"])
        await shops[0].add_to_cart(kept_id)
        await shops[0].add_to_cart(dropped_id)
        bought, _, added = await asyncio.gather(
            shops[0].checkout(),
            shops[1].storefront(REMOVE, id=dropped_id),
            shops[1].add_to_cart(added_id),
        )
        assert bought["__typename"] == "Purchase"
        assert added["__typename"] == "Cart"
        sold = {pet["id"] for pet in bought["pets"]}
        left = {pet["id"] for pet in (await shops[0].cart())["pets"]}
        assert kept_id in sold
        assert sold.isdisjoint(left)
        assert (added_id in sold) != (added_id in left)
        assert dropped_id not in left
        await shops[0].storefront(REMOVE, id=added_id)


async def test_of_two_checkouts_of_one_cart_the_second_finds_it_empty(shops: list[Shop]) -> None:
    for _ in range(20):
        for pet_id in await stock(shops[0], ["Luna", "Kermit"]):
            await shops[0].add_to_cart(pet_id)
        answers = await asyncio.gather(*(shop.checkout() for shop in shops))
        assert sorted(answer["__typename"] for answer in answers) == ["CartEmpty", "Purchase"]
