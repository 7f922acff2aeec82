"""An id of another store is an unknown id: the same message, no change, no count."""

from uuid import uuid4

import pytest

from shop import FAILURES, Shop


@pytest.fixture
async def foreign(shop: Shop, other: Shop) -> str:
    """A pet of the other store, beside one of ours."""
    await shop.list_pet("Ours")
    return (await other.list_pet("Theirs"))["id"]


async def test_a_foreign_pet_is_not_found(shop: Shop, other: Shop, foreign: str) -> None:
    query = "query($id: ID!) { pet(id: $id) { name } }"
    assert (await shop.storefront(query, id=foreign))["pet"] is None
    assert (await shop.as_merchant(query, id=foreign))["pet"] is None
    assert (await other.storefront(query, id=foreign))["pet"] == {"name": "Theirs"}


async def test_a_foreign_pet_is_neither_listed_nor_counted_nor_found(shop: Shop, foreign: str) -> None:
    shelf = await shop.storefront(
        """{ pets { nodes { name } totalCount } speciesCounts { species count }
             found: pets(search: "Theirs") { nodes { name } totalCount } }"""
    )
    assert shelf["pets"] == {"nodes": [{"name": "Ours"}], "totalCount": 1}
    assert shelf["found"] == {"nodes": [], "totalCount": 0}
    assert sum(total["count"] for total in shelf["speciesCounts"]) == 1
    unsold = (await shop.as_merchant("{ unsoldPets { nodes { name } totalCount } }"))["unsoldPets"]
    assert unsold == {"nodes": [{"name": "Ours"}], "totalCount": 1}


async def test_foreign_and_unknown_pets_get_the_same_answer(shop: Shop, other: Shop, foreign: str) -> None:
    unknown = str(uuid4())
    for action in (shop.buy, shop.add_to_cart, shop.remove_pet):
        answers = [await action(pet) for pet in (foreign, unknown, "not an id", "")]
        assert answers[0]["__typename"] == "PetNotFound"
        assert all(answer == answers[0] for answer in answers), action
    assert await other.shelf_names() == ["Theirs"]
    assert (await shop.cart())["pets"] == []


async def test_a_foreign_pet_stays_in_its_own_stores_cart(shop: Shop, other: Shop, foreign: str) -> None:
    await other.add_to_cart(foreign)
    query = "mutation($id: ID!) { removeFromCart(petId: $id) { pets { id } } }"
    assert (await shop.storefront(query, id=foreign))["removeFromCart"] == {"pets": []}
    assert [pet["id"] for pet in (await other.cart())["pets"]] == [foreign]
    assert (await shop.checkout())["__typename"] == "CartEmpty"


async def test_a_sale_elsewhere_is_not_in_the_history(shop: Shop, other: Shop, foreign: str) -> None:
    await other.buy(foreign)
    purchases = (await shop.storefront("{ purchases { totalCount nodes { id } } }"))["purchases"]
    assert purchases == {"totalCount": 0, "nodes": []}
    sold = await shop.as_merchant('{ soldPets(start: "2020-01-01", end: "2999-01-01") { totalCount nodes { id } } }')
    assert sold["soldPets"] == {"totalCount": 0, "nodes": []}


async def test_customers_of_one_store_do_not_see_each_others_carts_and_purchases(shop: Shop) -> None:
    first, second = await shop.list_pets(2)
    await shop.add_to_cart(first)
    await shop.buy(second)
    grace = await shop.storefront("{ cart { pets { id } } purchases { totalCount } }", customer="grace@example.com")
    assert grace == {"cart": {"pets": []}, "purchases": {"totalCount": 0}}


async def test_a_customer_sees_no_breeder(shop: Shop) -> None:
    pet = (await shop.list_pet())["id"]
    answer = await shop.post(
        "storefront", "query($id: ID!) { pet(id: $id) { breederName } }", f"{shop.slug}/ada@example.com", id=pet
    )
    assert answer.json().get("data") is None
    assert "berta" not in answer.text.lower()


async def test_an_idempotency_key_means_something_else_in_another_store(shop: Shop, other: Shop) -> None:
    ours, theirs = (await shop.list_pet("Ours"))["id"], (await other.list_pet("Theirs"))["id"]
    first, second = await shop.buy(ours, key="the-same"), await other.buy(theirs, key="the-same")
    assert first["__typename"] == second["__typename"] == "Purchase"
    assert first["id"] != second["id"]


async def test_an_idempotency_key_means_something_else_for_another_customer(shop: Shop) -> None:
    first, second = await shop.list_pets(2)
    ada = await shop.buy(first, key="the-same")
    grace = await shop.buy(second, customer="grace@example.com", key="the-same")
    assert ada["__typename"] == grace["__typename"] == "Purchase"
    again = await shop.buy(first, customer="grace@example.com", key="another")
    assert again["__typename"] == "PetsUnavailable"


async def test_a_merchants_idempotency_key_means_something_else_in_each_of_their_stores(
    shop: Shop, other: Shop
) -> None:
    ours = await shop.list_pet("Luna", idempotencyKey="the-same")
    theirs = await other.list_pet("Luna", idempotencyKey="the-same")
    assert ours["id"] != theirs["id"]
    assert await other.shelf_names() == ["Luna"]


async def test_a_failure_does_not_name_a_foreign_pet(shop: Shop, other: Shop, foreign: str) -> None:
    ours = (await shop.list_pets(1))[0]
    await shop.add_to_cart(ours)
    await shop.buy(ours, customer="grace@example.com")
    query = f"mutation {{ checkout {{ {FAILURES.replace('... on PetNotFound { message }', '')} }} }}"
    failure = (await shop.storefront(query))["checkout"]
    assert [pet["id"] for pet in failure["pets"]] == [ours]
    assert "Theirs" not in failure["message"]
