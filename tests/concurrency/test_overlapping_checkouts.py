"""Carts that share pets are checked out at once: each buys all or nothing, and no deadlock surfaces."""

import asyncio
import random
from itertools import cycle

from shop import Shop
from workers import stock, totals

EMAILS = [f"cart{number}@example.com" for number in range(6)]


async def test_two_carts_with_the_same_pets_in_opposite_orders(shops: list[Shop]) -> None:
    first, second = shops
    for _ in range(25):
        pet_ids = await stock(first, ["Luna", "Kermit", "Rex"])
        for pet_id in pet_ids:
            await first.add_to_cart(pet_id, "ada@example.com")
        for pet_id in reversed(pet_ids):
            await second.add_to_cart(pet_id, "grace@example.com")
        answers = await asyncio.gather(first.checkout("ada@example.com"), second.checkout("grace@example.com"))
        assert sorted(answer["__typename"] for answer in answers) == ["PetsUnavailable", "Purchase"]
        lost = next(answer for answer in answers if answer["__typename"] == "PetsUnavailable")
        assert lost["message"] == (
            "Luna, Kermit and Rex are no longer available, so nothing was bought. Look at the shelf for others."
        )
        loser = ["ada@example.com", "grace@example.com"][answers.index(lost)]
        cart = await first.cart(loser)
        assert (cart["availableCount"], cart["unavailableCount"]) == (0, 3)
        for pet_id in pet_ids:
            await _drop(first, pet_id, loser)
    kept = await totals(first)
    assert (kept.sold, kept.purchases, kept.cart_items) == (75, 25, 0)


async def _drop(shop: Shop, pet_id: str, customer: str) -> None:
    await shop.storefront("mutation($id: ID!) { removeFromCart(petId: $id) { availableCount } }", customer, id=pet_id)


async def test_six_carts_that_overlap_at_random_sell_each_pet_at_most_once(shops: list[Shop]) -> None:
    await asyncio.gather(*(shops[0].add_customer(email) for email in EMAILS))
    chance = random.Random(11)
    sold = purchases = 0
    for _ in range(12):
        names = [f"Pet {number}" for number in range(8)]
        pet_ids = await stock(shops[0], names)
        wanted = {email: chance.sample(pet_ids, 3) for email in EMAILS}
        await asyncio.gather(*(_fill(shops[0], email, chosen) for email, chosen in wanted.items()))
        before = await totals(shops[0])
        answers = await asyncio.gather(*(shop.checkout(e) for shop, e in zip(cycle(shops), EMAILS, strict=False)))
        bought: list[str] = []
        for email, answer in zip(EMAILS, answers, strict=True):
            if answer["__typename"] == "Purchase":
                assert {pet["id"] for pet in answer["pets"]} == set(wanted[email])
                bought += wanted[email]
            else:
                assert answer["__typename"] == "PetsUnavailable"
                assert {pet["id"] for pet in answer["pets"]} <= set(wanted[email])
                assert all(pet["name"] in answer["message"] for pet in answer["pets"])
                for pet_id in wanted[email]:
                    await _drop(shops[0], pet_id, email)
        assert len(bought) == len(set(bought)) > 0
        after = await totals(shops[0])
        assert before.available - after.available == len(bought)
        sold, purchases = sold + len(bought), purchases + sum(a["__typename"] == "Purchase" for a in answers)
    kept = await totals(shops[0])
    assert (kept.sold, kept.purchases) == (sold, purchases)


async def _fill(shop: Shop, email: str, pet_ids: list[str]) -> None:
    for pet_id in pet_ids:
        assert (await shop.add_to_cart(pet_id, email))["__typename"] == "Cart"


async def test_single_purchases_against_checkouts_of_the_same_pets(shops: list[Shop]) -> None:
    first, second = shops
    for _ in range(20):
        pet_ids = await stock(first, ["Luna", "Kermit"])
        await _fill(first, "ada@example.com", pet_ids)
        checkout, single = await asyncio.gather(
            first.checkout("ada@example.com"), second.buy(pet_ids[1], "grace@example.com")
        )
        outcomes = (checkout["__typename"], single["__typename"])
        assert outcomes in {("Purchase", "PetsUnavailable"), ("PetsUnavailable", "Purchase")}
        if outcomes[0] == "PetsUnavailable":
            assert checkout["message"] == (
                "Kermit is no longer available, so nothing was bought. Remove it to buy the other."
            )
            assert (await first.cart("ada@example.com"))["availableCount"] == 1
            for pet_id in pet_ids:
                await _drop(first, pet_id, "ada@example.com")
