"""The main job end to end, in two stores at once."""

from shop import PASSWORD, Shop


async def test_a_merchant_lists_and_a_customer_buys(shop: Shop, other: Shop) -> None:
    luna = await shop.list_pet("Luna")
    await other.list_pet("Kermit", species="FROG")
    assert await shop.shelf_names() == ["Luna"]
    assert await other.shelf_names() == ["Kermit"]

    bought = await shop.buy(luna["id"])

    assert bought["__typename"] == "Purchase"
    assert bought["pets"][0]["availability"] == "SOLD"
    assert await shop.shelf_names() == []
    assert await other.shelf_names() == ["Kermit"]
    sold = (await shop.as_merchant('{ soldPets(start: "2020-01-01", end: "2999-01-01") { nodes { name } } }'))[
        "soldPets"
    ]
    assert sold["nodes"] == [{"name": "Luna"}]


async def test_signing_in_gives_a_token_that_can_be_revoked(shop: Shop) -> None:
    session = (await shop.storefront("mutation { signIn { token expiresAt customer { email name } } }"))["signIn"]
    assert session["customer"] == {"email": "ada@example.com", "name": "Ada Lovelace"}
    token, user = session["token"], f"{shop.slug}/ada@example.com"
    assert (await shop.post("storefront", "{ me { name } }", user, password=token)).status_code == 200
    signed_out = await shop.post("storefront", "mutation { signOut }", user, password=token)
    assert signed_out.json() == {"data": {"signOut": True}}
    assert (await shop.post("storefront", "{ me { name } }", user, password=token)).status_code == 401
    assert (await shop.post("storefront", "{ me { name } }", user, password=PASSWORD)).status_code == 200


async def test_a_cart_is_bought_at_once(shop: Shop) -> None:
    first, second = await shop.list_pets(2)
    await shop.add_to_cart(first)
    cart = await shop.add_to_cart(second)
    assert cart["availableCount"] == 2
    bought = await shop.checkout()
    assert {pet["id"] for pet in bought["pets"]} == {first, second}
    assert (await shop.cart())["pets"] == []
    history = (await shop.storefront("{ purchases { totalCount nodes { pets { id } } } }"))["purchases"]
    assert history["totalCount"] == 1
    assert len(history["nodes"][0]["pets"]) == 2
