"""A pet is bought while its merchant removes it: exactly one of the two happens."""

import asyncio

from shop import Shop
from workers import stock, totals


async def test_a_pet_is_either_sold_or_removed(shops: list[Shop]) -> None:
    outcomes = set()
    for turn, pet_id in enumerate(await stock(shops[0], ["Luna"] * 60)):
        buying, removing = shops[0].buy(pet_id), shops[1].remove_pet(pet_id)
        if turn % 2:
            bought, removed = await asyncio.gather(buying, removing)
        else:
            removed, bought = await asyncio.gather(removing, buying)
        outcome = (bought["__typename"], removed["__typename"])
        assert outcome in {("Purchase", "PetAlreadySold"), ("PetsUnavailable", "Pet")}
        if outcome[0] == "Purchase":
            assert removed["message"] == "Luna has already been sold and can't be removed."
            assert removed["soldAt"] == bought["purchasedAt"]
        else:
            assert bought["message"] == "Luna was taken off the shelf by the store."
            assert bought["pets"][0]["availability"] == "REMOVED"
        outcomes.add(outcome)
    kept = await totals(shops[0])
    assert kept.sold + kept.removed == 60
    assert len(outcomes) == 2, "every round had the same outcome, so there was no race"


async def test_removing_twice_at_once_removes_once(shops: list[Shop]) -> None:
    for pet_id in await stock(shops[0], ["Luna"] * 25):
        answers = await asyncio.gather(*(shop.remove_pet(pet_id) for shop in shops * 2))
        assert {answer["__typename"] for answer in answers} == {"Pet"}
        assert len({answer["removedAt"] for answer in answers}) == 1
    assert (await totals(shops[0])).removed == 25


async def test_a_cart_is_checked_out_while_its_pets_are_removed(shops: list[Shop]) -> None:
    for _ in range(20):
        pet_ids = await stock(shops[0], ["Luna", "Kermit"])
        for pet_id in pet_ids:
            await shops[0].add_to_cart(pet_id)
        checkout, removed = await asyncio.gather(shops[0].checkout(), shops[1].remove_pet(pet_ids[0]))
        assert (checkout["__typename"], removed["__typename"]) in {
            ("Purchase", "PetAlreadySold"),
            ("PetsUnavailable", "Pet"),
        }
        for pet_id in pet_ids:
            await shops[0].storefront("mutation($id: ID!) { removeFromCart(petId: $id) { availableCount } }", id=pet_id)
