"""Without a connection, what is on screen stays, and everything resumes by itself."""

import re

from playwright.async_api import Route, expect

from browser.visitor import ADA, Visit, Visitor
from shop import Shop
from workers import stock

BANNER = "You're offline. What you see stays here. We'll keep trying."


async def test_offline_keeps_what_is_on_screen_and_recovers(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA)
    visitor.tolerate("net::ERR_INTERNET_DISCONNECTED", "net::ERR_NETWORK_IO_SUSPENDED")
    await visitor.link("Cart").click()
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()
    await visitor.page.go_back()
    await expect(visitor.cards).to_have_count(2)
    banner = visitor.page.get_by_text(BANNER)
    await visitor.context.set_offline(True)
    await expect(banner).to_be_visible()
    await expect(visitor.cards).to_have_count(2)
    await visitor.button("Add Luna to cart").click()
    await expect(visitor.page.get_by_text("Luna isn't in your cart. The store can't be reached.")).to_be_visible()
    await expect(visitor.button("Add Luna to cart")).to_be_visible()
    await visitor.link("Cart").click()
    await expect(visitor.heading("Cart")).to_be_visible()
    await visitor.page.go_back()
    await expect(visitor.cards).to_have_count(2)

    await visitor.context.set_offline(False)
    await expect(banner).to_have_count(0)
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()


async def test_a_page_opened_while_the_server_is_unreachable_loads_later_by_itself(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA, path="/cart")
    visitor.tolerate("net::ERR_CONNECTION_REFUSED", "status of 503")
    await expect(visitor.heading("Cart")).to_be_visible()

    async def refuse(route: Route) -> None:
        await route.abort("connectionrefused")

    await visitor.page.route("**/graphql/**", refuse)
    await visitor.link("Alpha Pets").click()
    await expect(visitor.heading("You seem to be offline")).to_be_visible()
    await visitor.page.unroute("**/graphql/**")
    async with visitor.page.expect_response(lambda response: response.status == 503):
        await visitor.page.route("**/graphql/**", lambda route: route.fulfill(status=503, body="busy"))
    await visitor.page.unroute("**/graphql/**")
    await expect(visitor.card("Luna")).to_be_visible(timeout=15_000)


# The scripts that the first page doesn't need.
PARTS = re.compile(
    r"/assets/(AccountMenu|ToastStack|PurchaseConfirmation|CartPage|PurchasesPage|PetPage|PetDialog)-[^/]*\.js$"
)


async def block_parts(visitor: Visitor) -> None:
    """As if the connection were lost when only the first page had loaded."""

    async def lose(route: Route) -> None:
        await route.abort("internetdisconnected")

    visitor.tolerate("net::ERR_INTERNET_DISCONNECTED")
    await visitor.page.route(PARTS, lose)
    await visitor.reload()


async def test_a_menu_that_has_not_loaded_leaves_the_page_alone(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    await block_parts(visitor)
    await visitor.button("Account").click()
    output = visitor.page.get_by_text("The menu opens once the store can be reached.")
    await expect(output).to_be_attached()
    await expect(visitor.card("Luna")).to_be_visible()
    assert await visitor.focused() == "Account"
    await visitor.page.unroute(PARTS)
    await expect(visitor.page.get_by_role("menu")).to_be_visible()


async def test_a_purchase_is_confirmed_without_the_dialog_too(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA)
    await block_parts(visitor)
    await visitor.button("Buy Luna now").click()
    output = visitor.page.get_by_text("Luna is yours. See My pets for details.")
    await expect(output).to_be_visible()
    await expect(visitor.card("Luna")).to_contain_text("Luna is yours.")
    async with visitor.page.expect_response(lambda response: "/PurchaseConfirmation-" in response.url):
        await visitor.page.unroute(PARTS)
    await visitor.button("Buy Kermit now").click()
    await expect(visitor.dialog("Kermit is yours")).to_be_visible()


async def test_pages_that_have_not_loaded_load_later_by_themselves(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    await block_parts(visitor)
    await visitor.link("Luna").click()
    late = visitor.page.get_by_text("This hasn't loaded yet. Your connection may have dropped.")
    await expect(late).to_be_visible()
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.page.go_back()
    await visitor.link("Cart").click()
    await expect(visitor.heading("This page hasn't loaded yet")).to_be_visible()
    await expect(visitor.link("Alpha Pets")).to_be_visible()
    await visitor.page.unroute(PARTS)
    await visitor.button("Try again").click()
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()
