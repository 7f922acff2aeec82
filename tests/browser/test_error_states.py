"""Every error state has a message and a way out, and no page shows a code, a stack or "undefined"."""

import asyncio
import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.async_api import Route, expect

from browser.conftest import Server
from browser.visitor import ADA, Visit, Visitor
from shop import Shop
from workers import at, from_address, stock


async def expect_no_gibberish(visitor: Visitor) -> None:
    text = await visitor.page.locator("body").inner_text()
    assert not re.search(r"undefined|null|NaN|\[object|Error|INTERNAL|psycopg|\b[45]\d\d\b", text), text


async def test_an_unknown_store_shows_a_message(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await visitor.page.goto(f"{visitor.address}/stores/nowhere-{uuid4().hex[:6]}")
    await expect(visitor.heading("We can't find this store")).to_be_visible()
    await expect_no_gibberish(visitor)


async def test_a_closed_store_shows_a_message_before_and_after_signing_in(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    visitor.tolerate("status of 403")
    await expect(visitor.card("Luna")).to_be_visible()
    await shop.runtime.stores.suspend(shop.store)
    await visitor.reload()
    await expect(visitor.heading("Alpha Pets is closed for now")).to_be_visible()
    await expect_no_gibberish(visitor)
    signed_out = await visit(shop)
    await expect(signed_out.heading("Alpha Pets is closed for now")).to_be_visible()
    await expect_no_gibberish(signed_out)
    await shop.runtime.stores.resume(shop.store)
    await visitor.button("Try again").click()
    await expect(visitor.card("Luna")).to_be_visible()
    await signed_out.button("Try again").click()
    await expect(signed_out.button("Sign in")).to_be_visible()


async def test_signing_in_again_leads_back_to_the_same_page(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Lumi", "Kermit"])
    visitor = await visit(shop, ADA, path="?search=lu&sort=name")
    visitor.tolerate("status of 401")
    await expect(visitor.cards).to_have_count(2)
    await visitor.revoke_session()
    await visitor.button("Buy Luna now").click()
    notice = "You've been signed out. Sign in to carry on where you left off."
    await expect(visitor.page.get_by_role("status").filter(has_text=notice)).to_be_visible()
    await expect(visitor.page.get_by_label("Email")).to_have_value(ADA)
    await expect(visitor.page.get_by_text("wasn't bought")).to_have_count(0)
    assert await visitor.page.evaluate("sessionStorage.length") == 0
    await visitor.sign_in()
    await expect(visitor.cards.get_by_role("heading")).to_have_text(["Lumi", "Luna"])
    await expect(visitor.search).to_have_value("lu")
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()


async def test_one_customers_data_is_not_shown_to_the_next(shop: Shop, visit: Visit) -> None:
    (pet,) = await stock(shop, ["Luna"])
    await shop.add_to_cart(pet)
    visitor = await visit(shop, ADA, path="/cart")
    visitor.tolerate("status of 401")
    await expect(visitor.link("Luna")).to_be_visible()
    await visitor.revoke_session()
    await visitor.button("Check out").click()

    looked = asyncio.Event()

    async def answer_late(route: Route) -> None:
        if "query Cart" in (route.request.post_data or ""):
            await looked.wait()
        await route.continue_()

    await visitor.page.route("**/graphql/storefront", answer_late)
    await visitor.sign_in("grace@example.com")
    await expect(visitor.heading("Cart")).to_be_visible()
    await expect(visitor.page.get_by_text("Loading your cart")).to_be_attached()
    assert await visitor.link("Luna").count() == 0
    looked.set()
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()


async def test_too_many_attempts_show_when_to_try_again(shop: Shop, visit: Visit) -> None:
    guesser = at(shop, from_address(shop.client, "127.0.0.1"))
    for _ in range(10):
        await guesser.post("storefront", "{ me { email } }", f"{shop.slug}/{ADA}", password="a wrong guess")
    visitor = await visit(shop)
    visitor.tolerate("status of 429")
    await visitor.sign_in()
    await expect(visitor.alert).to_have_text(
        re.compile(r"Too many attempts\. Please wait: you can try again at \d{1,2}:\d\d\s[AP]M\.")
    )
    await expect_no_gibberish(visitor)


async def test_a_fault_shows_its_reference(
    shop: Shop, visit: Visit, server: Server, administer: Callable[[str], None]
) -> None:
    (pet,) = await stock(shop, ["Luna"])
    table = f'ALTER TABLE "{shop.store.schema}".pet RENAME COLUMN'
    visitor = await visit(shop, ADA, path="/cart")
    await expect(visitor.heading("Cart")).to_be_visible()
    administer(f"{table} description TO gone")
    await visitor.link("Alpha Pets").click()
    await expect(visitor.heading("Something went wrong on our side")).to_be_visible()
    reference = await visitor.alert.locator("code").inner_text()
    assert reference
    assert reference in server.log.read_text()
    await expect_no_gibberish(visitor)
    await visitor.open(f"/pets/{pet}")
    await expect(visitor.heading("Something went wrong on our side")).to_be_visible()
    administer(f"{table} gone TO description")
    await visitor.button("Try again").click()
    await expect(visitor.heading("Luna")).to_be_visible()


@pytest.mark.parametrize("pet", ["0192f0c1-2c3d-7000-8000-000000000000", "not-an-id"])
async def test_an_unknown_pet_shows_a_message_and_a_way_out(shop: Shop, visit: Visit, pet: str) -> None:
    visitor = await visit(shop, ADA, path=f"/pets/{pet}")
    await expect(visitor.heading("We can't find this pet")).to_be_visible()
    await expect_no_gibberish(visitor)
    await visitor.link("See all pets").click()
    await expect(visitor.heading("Meet our pets")).to_be_visible()


async def test_another_stores_pet_is_an_unknown_pet(shop: Shop, other: Shop, visit: Visit) -> None:
    (pet,) = await stock(other, ["Luna"])
    visitor = await visit(shop, ADA, path=f"/pets/{pet}")
    await expect(visitor.heading("We can't find this pet")).to_be_visible()
    await expect(visitor.page.get_by_text("Luna")).to_have_count(0)


async def test_an_unknown_page_shows_a_message_and_a_way_out(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, ADA, path="/nowhere")
    await expect(visitor.heading("There is no page here")).to_be_visible()
    await visitor.link("See all pets").click()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
