"""Many customers want one pet: one gets it, and the message to the others names it."""

import asyncio
from itertools import cycle

import pytest

from shop import Shop
from workers import stock, totals

TAKEN = "Luna has just been bought by someone else and is no longer on the shelf."


async def _race(shops: list[Shop], pet_id: str, customers: list[str]) -> list[dict]:
    return await asyncio.gather(
        *(shop.buy(pet_id, customer) for shop, customer in zip(cycle(shops), customers, strict=False))
    )


async def test_of_two_buyers_in_two_workers_one_wins_every_time(shops: list[Shop]) -> None:
    rounds = 60
    winners = set()
    for pet_id in await stock(shops[0], ["Luna"] * rounds):
        customers = ["ada@example.com", "grace@example.com"]
        answers = await _race(shops, pet_id, customers)
        assert sorted(answer["__typename"] for answer in answers) == ["PetsUnavailable", "Purchase"]
        lost = next(answer for answer in answers if answer["__typename"] == "PetsUnavailable")
        assert lost["message"] == TAKEN
        assert lost["pets"] == [{"id": pet_id, "name": "Luna", "availability": "SOLD"}]
        winners.add(customers[[answer["__typename"] for answer in answers].index("Purchase")])
    kept = await totals(shops[0])
    assert (kept.sold, kept.items, kept.purchases, kept.available) == (rounds, rounds, rounds, 0)
    assert winners <= {"ada@example.com", "grace@example.com"}


@pytest.fixture
async def twenty(shops: list[Shop]) -> list[str]:
    emails = [f"buyer{number}@example.com" for number in range(20)]
    await asyncio.gather(*(shops[0].add_customer(email) for email in emails))
    return emails


async def test_of_twenty_buyers_one_wins_every_time(shops: list[Shop], twenty: list[str]) -> None:
    rounds = 15
    for pet_id in await stock(shops[0], ["Luna"] * rounds):
        answers = await _race(shops, pet_id, twenty)
        assert sorted(answer["__typename"] for answer in answers) == ["PetsUnavailable"] * 19 + ["Purchase"]
        assert {answer["message"] for answer in answers if "message" in answer} == {TAKEN}
    kept = await totals(shops[0])
    assert (kept.sold, kept.items, kept.purchases) == (rounds, rounds, rounds)


async def test_one_customer_on_two_devices_buys_once_and_learns_that_the_pet_is_theirs(shops: list[Shop]) -> None:
    for pet_id in await stock(shops[0], ["Luna"] * 20):
        answers = await _race(shops, pet_id, ["ada@example.com"] * 6)
        assert sorted(answer["__typename"] for answer in answers) == ["PetsUnavailable"] * 5 + ["Purchase"]
        assert {a["message"] for a in answers if "message" in a} == {"You have already bought Luna."}


async def test_twenty_customers_empty_a_shelf_and_buy_nothing_twice(shops: list[Shop], twenty: list[str]) -> None:
    pet_ids = await stock(shops[0], [f"Pet {number}" for number in range(40)])
    attempts = [(pet_id, twenty[(start + step) % 20]) for start, pet_id in enumerate(pet_ids) for step in range(3)]
    answers = await asyncio.gather(
        *(shop.buy(pet_id, email) for shop, (pet_id, email) in zip(cycle(shops), attempts, strict=False))
    )
    bought = [pet["id"] for answer in answers if answer["__typename"] == "Purchase" for pet in answer["pets"]]
    assert sorted(bought) == sorted(pet_ids)
    kept = await totals(shops[0])
    assert (kept.available, kept.sold, kept.items) == (0, 40, 40)
