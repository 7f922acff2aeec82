"""The cart: nothing disappears from it silently, and it is bought as a whole or not at all."""

import asyncio
import re

from playwright.async_api import Route, expect

from browser.visitor import ADA, GRACE, Visit
from shop import Shop
from workers import stock, totals


async def test_pets_are_added_removed_and_bought_together(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit", "Max"])
    visitor = await visit(shop, ADA)
    await expect(visitor.link("Cart")).to_be_visible()
    for name in ("Luna", "Kermit", "Max"):
        await visitor.button(f"Add {name} to cart").click()
        await expect(visitor.button(f"{name} is In cart")).to_be_visible()
    await expect(visitor.message("Max is in your cart.")).to_be_visible()
    await expect(visitor.link("Cart 3 pets")).to_be_visible()
    await visitor.button("Max is In cart").click()
    await expect(visitor.heading("Cart")).to_be_focused()

    items = visitor.page.get_by_role("list", name="Pets in your cart").get_by_role("listitem")
    await expect(items).to_have_count(3)
    await visitor.button("Remove Max from cart").click()
    await expect(items).to_have_count(2)
    await expect(visitor.link("Cart 2 pets")).to_be_visible()
    assert await visitor.focused() == "Remove Kermit from cart"
    await visitor.reload()
    await expect(items).to_have_count(2)

    summary = visitor.page.get_by_role("region", name="Summary")
    await expect(summary).to_contain_text("2 pets to take home")
    await visitor.button("Check out", summary).click()
    await expect(visitor.page.get_by_role("dialog")).to_contain_text("are yours")
    await visitor.link("See my pets").click()
    await expect(visitor.link("Luna")).to_be_visible()
    await expect(visitor.link("Kermit")).to_be_visible()
    assert (await totals(shop)).purchases == 1
    await visitor.link("Cart").click()
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()
    await visitor.link("Meet our pets").click()
    await expect(visitor.card("Max")).to_be_visible()


async def test_unavailable_pets_are_marked_and_the_rest_can_be_bought(shop: Shop, visit: Visit) -> None:
    ids = await stock(shop, ["Luna", "Kermit", "Max", "Bella"])
    for pet in ids:
        await shop.add_to_cart(pet)
    visitor = await visit(shop, ADA, path="/cart")
    await expect(visitor.button("Check out")).to_be_visible()
    await shop.buy(ids[0], GRACE)
    await shop.remove_pet(ids[1])

    items = visitor.page.get_by_role("listitem")
    await expect(items.filter(has_text="Luna")).to_contain_text("Sold")
    await expect(items.filter(has_text="Kermit")).to_contain_text("Taken off the shelf by the store")
    await expect(visitor.page.get_by_role("region", name="Summary")).to_contain_text(
        "Luna and Kermit are no longer available. Remove them to buy the other two."
    )
    await expect(visitor.button("Check out")).to_have_count(0)
    await visitor.button("Remove them and check out the rest").click()
    await expect(visitor.page.get_by_role("dialog")).to_contain_text("Max and Bella are yours")
    found = await totals(shop)
    assert (found.purchases, found.items, found.cart_items) == (2, 3, 0)


async def test_a_checkout_that_is_too_late_buys_nothing(shop: Shop, visit: Visit) -> None:
    ids = await stock(shop, ["Luna", "Kermit"])
    for pet in ids:
        await shop.add_to_cart(pet)
    visitor = await visit(shop, ADA, path="/cart")
    await expect(visitor.button("Check out")).to_be_visible()
    # A hidden page gets no live shelf events that would show the sale before the button is pressed.
    await visitor.page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    await shop.buy(ids[0], GRACE)
    await visitor.button("Check out").click()
    await expect(visitor.alert).to_have_text(
        "Luna is no longer available, so nothing was bought. Remove it to buy the other."
    )
    assert (await totals(shop)).purchases == 1
    await expect(visitor.button("Remove it and check out the rest")).to_be_visible()


async def test_a_cart_without_available_pets_can_be_emptied(shop: Shop, visit: Visit) -> None:
    (pet,) = await stock(shop, ["Luna"])
    await shop.add_to_cart(pet)
    await shop.buy(pet, GRACE)
    visitor = await visit(shop, ADA, path="/cart")
    await expect(visitor.page.get_by_text("There is nothing left to buy.")).to_be_visible()
    await visitor.button("Empty the cart").click()
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()


async def test_a_cart_belongs_to_its_customer(shop: Shop, visit: Visit) -> None:
    (pet,) = await stock(shop, ["Luna"])
    await shop.add_to_cart(pet, GRACE)
    visitor = await visit(shop, ADA, path="/cart")
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()


async def test_a_cart_is_the_same_on_two_devices_and_survives_signing_out(shop: Shop, visit: Visit) -> None:
    _, kermit = await stock(shop, ["Luna", "Kermit"])
    await shop.add_to_cart(kermit)
    laptop, phone = await visit(shop, ADA), await visit(shop, ADA)
    await expect(phone.link("Cart 1 pet")).to_be_visible()
    await laptop.button("Add Luna to cart").click()
    # The count goes up before the server has the pet, the message comes after.
    await expect(laptop.message("Luna is in your cart.")).to_be_visible()
    # Returning to the page after ten seconds refetches what is cached.
    await phone.page.clock.install()
    await phone.page.clock.fast_forward(11_000)
    await phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    await expect(phone.link("Cart 2 pets")).to_be_visible()
    await phone.link("Cart 2 pets").click()
    await expect(phone.link("Luna")).to_be_visible()
    await laptop.button("Account").click()
    await laptop.page.get_by_role("menuitem", name="Sign out").click()
    await laptop.sign_in()
    await expect(laptop.link("Cart 2 pets")).to_be_visible()


async def test_a_pet_that_the_server_rejects_leaves_the_cart_again(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA)
    visitor.tolerate("status of 500")
    await visitor.button("Add Kermit to cart").click()
    await expect(visitor.message("Kermit is in your cart.")).to_be_visible()
    reached = asyncio.Event()

    async def fail_late(route: Route) -> None:
        if "mutation AddToCart" not in (route.request.post_data or ""):
            await route.continue_()
            return
        await reached.wait()
        await route.fulfill(status=500, content_type="application/json", body="{}")

    await visitor.page.route("**/graphql/storefront", fail_late)
    await visitor.button("Add Luna to cart").click()
    await expect(visitor.link("Cart 2 pets")).to_be_visible()
    reached.set()
    await expect(visitor.message(re.compile("^Luna isn't in your cart"))).to_be_visible()
    await expect(visitor.link("Cart 1 pet")).to_be_visible()
    await expect(visitor.button("Add Luna to cart")).to_be_visible()
