"""A checkout with unavailable pets: the message names them, however many, and the cart stays as it was."""

import pytest

from menagerie.text import join_names
from shop import Shop
from workers import stock, totals

NAMES = ["Luna", "Kermit", "Rex", "Mia", "Tom", "Zoé", "Bo", "Ada", "Ivy"]


async def _checkout(shop: Shop, total: int, sold: int) -> dict:
    pet_ids = await stock(shop, NAMES[:total])
    for pet_id in pet_ids:
        await shop.add_to_cart(pet_id)
    for pet_id in pet_ids[:sold]:
        await shop.buy(pet_id, "grace@example.com")
    before, cart = await totals(shop), await shop.cart()
    answer = await shop.checkout()
    assert answer["__typename"] == "PetsUnavailable"
    assert [pet["id"] for pet in answer["pets"]] == pet_ids[:sold]
    assert await totals(shop) == before
    assert await shop.cart() == cart
    assert (cart["availableCount"], cart["unavailableCount"]) == (total - sold, sold)
    return answer


@pytest.mark.parametrize(
    ("total", "sold", "sentence"),
    [
        (3, 1, "Luna is no longer available, so nothing was bought. Remove it to buy the other two."),
        (2, 1, "Luna is no longer available, so nothing was bought. Remove it to buy the other."),
        (3, 2, "Luna and Kermit are no longer available, so nothing was bought. Remove them to buy the other."),
        (
            3,
            3,
            "Luna, Kermit and Rex are no longer available, so nothing was bought. Look at the shelf for others.",
        ),
        (
            7,
            6,
            (
                "Luna, Kermit, Rex, Mia, Tom and 1 other are no longer available, so nothing was bought. "
                "Remove them to buy the other."
            ),
        ),
        (
            9,
            9,
            (
                "Luna, Kermit, Rex, Mia, Tom and 4 others are no longer available, so nothing was bought. "
                "Look at the shelf for others."
            ),
        ),
    ],
)
async def test_the_message_names_the_unavailable_pets(shop: Shop, total: int, sold: int, sentence: str) -> None:
    answer = await _checkout(shop, total, sold)
    assert answer["message"] == sentence


async def test_a_right_to_left_name_leaves_the_rest_of_the_message_alone(shop: Shop) -> None:
    frog, _ = await stock(shop, ["צפרדע 7", "Luna"])
    await shop.buy(frog, "grace@example.com")
    answer = await shop.buy(frog)
    assert answer["message"] == (
        "\u2068צפרדע 7\u2069 has just been bought by someone else and is no longer on the shelf."
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Luna", "Zoé", "小猫", "🐸"], "Luna, Zoé, 小猫 and 🐸"),
        (["צפרדע", "قطة", "Luna"], "\u2068צפרדע\u2069, \u2068قطة\u2069 and Luna"),
        (["Luna (לנה)"], "\u2068Luna (לנה)\u2069"),
    ],
)
def test_only_right_to_left_names_are_isolated(names: list[str], expected: str) -> None:
    assert join_names(names) == expected


async def test_a_single_unavailable_pet_has_its_own_message(shop: Shop) -> None:
    sold, removed, own = await stock(shop, ["Luna", "Kermit", "Rex"])
    await shop.buy(sold, "grace@example.com")
    await shop.remove_pet(removed)
    await shop.buy(own)
    for pet_id, sentence in (
        (sold, "Luna has just been bought by someone else and is no longer on the shelf."),
        (removed, "Kermit was taken off the shelf by the store."),
        (own, "You have already bought Rex."),
    ):
        for answer in (await shop.buy(pet_id), await shop.add_to_cart(pet_id)):
            assert answer["__typename"] == "PetsUnavailable"
            assert answer["message"] == sentence
