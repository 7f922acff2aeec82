"""A cart follows its customer, keeps its order, and names unavailable pets."""

from shop import Shop
from workers import stock

REMOVE = "mutation($id: ID!) { removeFromCart(petId: $id) { pets { id } availableCount unavailableCount } }"
CLEAR = "mutation { removeUnavailableFromCart { pets { id } availableCount unavailableCount } }"


async def test_pets_stay_in_the_order_they_were_added(shop: Shop) -> None:
    pet_ids = await stock(shop, ["Luna", "Kermit", "Rex"])
    chosen = [pet_ids[1], pet_ids[2], pet_ids[0]]
    for pet_id in chosen:
        await shop.add_to_cart(pet_id)
    await shop.add_to_cart(chosen[0])  # adding it again keeps its place
    assert [pet["id"] for pet in (await shop.cart())["pets"]] == chosen


async def test_sold_and_removed_pets_stay_until_they_are_cleared(shop: Shop) -> None:
    sold, removed, left = await stock(shop, ["Luna", "Kermit", "Rex"])
    for pet_id in (sold, removed, left):
        await shop.add_to_cart(pet_id)
    await shop.buy(sold, "grace@example.com")
    await shop.remove_pet(removed)
    cart = await shop.cart()
    assert {pet["name"]: pet["availability"] for pet in cart["pets"]} == {
        "Luna": "SOLD",
        "Kermit": "REMOVED",
        "Rex": "AVAILABLE",
    }
    assert (cart["availableCount"], cart["unavailableCount"]) == (1, 2)
    cleared = (await shop.storefront(CLEAR))["removeUnavailableFromCart"]
    assert cleared == {"pets": [{"id": left}], "availableCount": 1, "unavailableCount": 0}
    assert (await shop.checkout())["__typename"] == "Purchase"


async def test_removing_a_pet_that_is_not_in_the_cart_changes_nothing(shop: Shop) -> None:
    (pet_id,) = await stock(shop, ["Luna"])
    await shop.add_to_cart(pet_id)
    for unknown in ("nonsense", "01a20740-d20d-70f3-b571-16a28b53ac80"):
        assert (await shop.storefront(REMOVE, id=unknown))["removeFromCart"]["availableCount"] == 1
    for _ in range(2):
        assert (await shop.storefront(REMOVE, id=pet_id))["removeFromCart"]["pets"] == []


async def test_buying_with_one_click_removes_the_pet_from_the_buyers_cart_only(shop: Shop) -> None:
    luna, rex = await stock(shop, ["Luna", "Rex"])
    for customer in ("ada@example.com", "grace@example.com"):
        await shop.add_to_cart(luna, customer)
        await shop.add_to_cart(rex, customer)
    await shop.buy(luna)
    assert [pet["id"] for pet in (await shop.cart())["pets"]] == [rex]
    graces = await shop.cart("grace@example.com")
    assert [pet["availability"] for pet in graces["pets"]] == ["SOLD", "AVAILABLE"]


async def test_each_customer_and_store_has_its_own_cart(shop: Shop, other: Shop) -> None:
    (pet_id,) = await stock(shop, ["Luna"])
    await shop.add_to_cart(pet_id)
    assert (await shop.cart("grace@example.com"))["pets"] == []
    assert (await other.cart())["pets"] == []
    assert (await other.add_to_cart(pet_id))["__typename"] == "PetNotFound"


async def test_an_empty_cart_cannot_be_checked_out(shop: Shop) -> None:
    answer = await shop.checkout()
    assert answer == {"__typename": "CartEmpty", "message": "Your cart is empty. Add a pet to it first."}


async def test_a_full_cart_is_refused_with_a_message(shop: Shop) -> None:
    pet_ids = await stock(shop, [f"Pet {number}" for number in range(101)])
    for pet_id in pet_ids[:100]:
        await shop.add_to_cart(pet_id)
    query = "mutation($id: ID!) { addToCart(petId: $id) { __typename } }"
    response = await shop.post("storefront", query, f"{shop.slug}/ada@example.com", id=pet_ids[100])
    (error,) = response.json()["errors"]
    assert error["message"] == "A cart holds at most 100 pets. Check out first."
    assert len((await shop.checkout())["pets"]) == 100
