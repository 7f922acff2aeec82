"""The same intent arrives many times at once: it happens once, and every request gets its outcome."""

import asyncio
from uuid import uuid4

from shop import Shop, jpeg, pet_input
from workers import stock, totals

BUY = "mutation($id: ID!, $key: String) { purchasePet(petId: $id, idempotencyKey: $key) { ... on Purchase { id } } }"


def _codes(responses: list) -> list[str]:
    return [error["extensions"]["code"] for response in responses for error in response.json().get("errors", ())]


async def test_one_key_buys_once_and_answers_every_request_with_the_same_purchase(shops: list[Shop]) -> None:
    for pet_id in await stock(shops[0], ["Luna"] * 25):
        key = uuid4().hex
        answers = await asyncio.gather(*(shop.buy(pet_id, key=key) for shop in shops * 4))
        assert {answer["__typename"] for answer in answers} == {"Purchase"}
        assert len({answer["id"] for answer in answers}) == 1
        assert len({answer["purchasedAt"] for answer in answers}) == 1
    kept = await totals(shops[0])
    assert (kept.purchases, kept.keys) == (25, 25)


async def test_one_key_for_two_pets_at_once_buys_one_and_refuses_the_other(shops: list[Shop]) -> None:
    user = f"{shops[0].slug}/ada@example.com"
    for _ in range(20):
        pet_ids, key = await stock(shops[0], ["Luna", "Kermit"]), uuid4().hex
        answers = await asyncio.gather(
            *(shop.post("storefront", BUY, user, id=i, key=key) for shop, i in zip(shops, pet_ids, strict=True))
        )
        assert _codes(answers) == ["IDEMPOTENCY_KEY_REUSED"]
    kept = await totals(shops[0])
    assert (kept.sold, kept.available) == (20, 20)


async def test_the_same_key_of_two_customers_is_two_intents(shops: list[Shop]) -> None:
    luna, kermit = await stock(shops[0], ["Luna", "Kermit"])
    answers = await asyncio.gather(
        shops[0].buy(luna, "ada@example.com", "key"), shops[1].buy(kermit, "grace@example.com", "key")
    )
    assert {answer["__typename"] for answer in answers} == {"Purchase"}
    assert len({answer["id"] for answer in answers}) == 2


async def test_one_key_checks_a_cart_out_once(shops: list[Shop]) -> None:
    for _ in range(15):
        for pet_id in await stock(shops[0], ["Luna", "Kermit"]):
            await shops[0].add_to_cart(pet_id)
        key = uuid4().hex
        answers = await asyncio.gather(*(shop.checkout(key=key) for shop in shops * 3))
        assert {answer["__typename"] for answer in answers} == {"Purchase"}
        assert len({answer["id"] for answer in answers}) == 1
        assert all(len(answer["pets"]) == 2 for answer in answers)
    assert (await totals(shops[0])).purchases == 15


async def test_a_failed_intent_leaves_its_key_free(shops: list[Shop]) -> None:
    luna, kermit = await stock(shops[0], ["Luna", "Kermit"])
    await shops[0].buy(luna, "grace@example.com")
    assert (await shops[0].buy(luna, key="again"))["__typename"] == "PetsUnavailable"
    assert (await shops[1].buy(kermit, key="again"))["__typename"] == "Purchase"


async def test_one_key_lists_a_pet_once(shops: list[Shop]) -> None:
    wanted = pet_input("Luna", idempotencyKey="listing")
    responses = await asyncio.gather(*(shop.upload(wanted) for shop in shops * 4))
    created = [response.json()["data"]["createPet"] for response in responses]
    assert {answer["__typename"] for answer in created} == {"Pet"}
    assert len({answer["id"] for answer in created}) == 1
    kept = await totals(shops[0])
    assert (kept.pets, kept.pictures, kept.keys) == (1, 1, 1)


async def test_one_key_for_different_listings_lists_one_and_refuses_the_others(shops: list[Shop]) -> None:
    responses = await asyncio.gather(
        shops[0].upload(pet_input("Luna", idempotencyKey="listing")),
        shops[1].upload(pet_input("Kermit", idempotencyKey="listing")),
        shops[0].upload(pet_input("Luna", idempotencyKey="listing"), jpeg(color="green")),
    )
    assert _codes(list(responses)) == ["IDEMPOTENCY_KEY_REUSED"] * 2
    kept = await totals(shops[0])
    assert (kept.pets, kept.pictures) == (1, 1)
