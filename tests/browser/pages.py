"""Every page and state of the storefront, for tests that check all of them."""

from collections.abc import AsyncIterator
from uuid import uuid4

from playwright.async_api import expect

from browser.visitor import GRACE, Visitor


async def signed_out_pages(visitor: Visitor) -> AsyncIterator[str]:
    visitor.tolerate("status of 401")
    await visitor.open()
    await expect(visitor.button("Fill in the demo login")).to_be_visible()
    yield "sign-in"
    await visitor.button("Sign in").click()
    await visitor.sign_in(password="not the password")
    await expect(visitor.alert).to_be_visible()
    yield "sign-in-refused"
    await visitor.button("Create account").click()
    await expect(visitor.heading("Create account")).to_be_visible()
    yield "create-account"
    await visitor.button("Create account").click()
    await expect(visitor.alert).to_be_visible()
    yield "create-account-problems"
    await visitor.page.goto(f"{visitor.address}/stores/nowhere-{uuid4().hex[:6]}")
    await expect(visitor.heading("We can't find this store")).to_be_visible()
    yield "unknown-store"


async def signed_in_pages(visitor: Visitor, pets: list[str]) -> AsyncIterator[str]:
    """Needs a store with at least 25 pets. The last of them gets sold, and the one before it bought."""
    shop, page = visitor.shop, visitor.page
    await visitor.open()
    await expect(page.get_by_text("Showing 24 of")).to_be_visible()
    yield "shelf"
    await _into_cart(visitor, 3)
    yield "shelf-with-toast"
    await visitor.button("Account").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    yield "menu"
    await page.keyboard.press("Escape")
    await visitor.cards.nth(1).get_by_role("link").click()
    await expect(page.get_by_role("dialog").get_by_text("With us since")).to_be_visible()
    yield "pet-over-shelf"
    await visitor.open(f"/pets/{pets[1]}")
    await expect(page.get_by_text("With us since")).to_be_visible()
    yield "pet"
    await visitor.open("?species=cats&search=zebra")
    await expect(page.get_by_text("No cats match “zebra”.")).to_be_visible()
    yield "shelf-empty"
    await visitor.open("/cart")
    await expect(visitor.button("Check out")).to_be_visible()
    yield "cart"
    await shop.add_to_cart(pets[-1], GRACE)
    await shop.buy(pets[-1], "ada@example.com")
    await visitor.open("/cart")
    await expect(visitor.button("Remove it and check out the rest")).to_be_visible()
    yield "cart-unavailable"
    await visitor.open(f"/pets/{pets[-2]}")
    await page.get_by_role("button", name="now").click()
    await expect(visitor.link("See my pets", page.get_by_role("dialog"))).to_be_visible()
    yield "confirmation"
    await visitor.link("See my pets", page.get_by_role("dialog")).click()
    await expect(page.get_by_role("list", name="Purchases, newest first")).to_be_visible()
    yield "my-pets"
    await visitor.open("/account")
    await expect(visitor.page.get_by_text(GRACE)).to_be_visible()
    yield "account"
    await visitor.button("Change password").click()
    await expect(page.get_by_text("This is not your current password.")).to_be_visible()
    yield "account-problems"
    await visitor.open(f"/pets/{pets[-1]}")
    await expect(page.get_by_text("has found another home.")).to_be_visible()
    yield "pet-sold"
    await visitor.open("/pets/not-an-id")
    await expect(visitor.heading("We can't find this pet")).to_be_visible()
    yield "unknown-pet"
    await visitor.open("/nowhere")
    await expect(visitor.heading("There is no page here")).to_be_visible()
    yield "unknown-page"


async def _into_cart(visitor: Visitor, count: int) -> None:
    for number in range(1, count + 1):
        await visitor.page.get_by_role("button", name="to cart").first.click()
        # Before the cart is loaded, a press doesn't show at once.
        await expect(visitor.link(f"Cart {number} pet{'s' if number > 1 else ''}")).to_be_visible()


async def error_pages(visitor: Visitor) -> AsyncIterator[str]:
    """Needs a signed-in visitor, who loses the connection and whose store is suspended for a moment."""
    visitor.tolerate("status of 403", "net::ERR_INTERNET_DISCONNECTED")
    await visitor.open()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    await visitor.context.set_offline(True)
    await expect(visitor.page.get_by_text("You're offline.")).to_be_visible()
    yield "offline"
    await visitor.context.set_offline(False)
    shop = visitor.shop
    await shop.runtime.stores.suspend(shop.store)
    await visitor.open()
    await expect(visitor.heading("Alpha Pets is closed for now")).to_be_visible()
    yield "closed"
    await shop.runtime.stores.resume(shop.store)
