"""Creating an account: problems show beside their fields, and a store may be closed for new accounts."""

import re

from playwright.async_api import expect

from browser.visitor import ADA, Visit
from menagerie.stores.models import StoreChanges
from shop import Shop


async def test_an_account_is_created_and_signed_in(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    page = visitor.page
    await visitor.button("Create account").click()
    await expect(visitor.heading("Create account")).to_be_focused()
    email, password = page.get_by_label("Email"), page.get_by_label("Password")
    await expect(password).to_have_attribute("autocomplete", "new-password")
    await page.get_by_label("Name").fill("Emmy Noether")
    await email.fill("not an address")
    await password.fill("short")
    await visitor.button("Create account").click()
    await expect(email).to_have_accessible_description(
        "This is not an email address. It should look like ada@example.com."
    )
    await expect(email).to_be_focused()
    await expect(password).to_have_accessible_description(re.compile(r"Choose a password of at least 10 characters\."))
    await expect(page.locator("form").get_by_role("alert")).to_have_text("Please correct the marked fields.")

    await email.fill(ADA)
    await password.fill("a few words to remember")
    await visitor.button("Create account").click()
    await expect(email).to_have_accessible_description(
        "There is already an account with this email address. Sign in instead."
    )
    await expect(email).to_be_focused()

    await email.fill("emmy@example.com")
    await visitor.button("Create account").click()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    await visitor.button("Account").click()
    await expect(page.get_by_role("menu")).to_contain_text("Emmy Noether")
    assert "a few words to remember" not in await page.evaluate("JSON.stringify(sessionStorage)")


async def test_the_form_leads_back_to_signing_in(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await visitor.button("Create account").click()
    await visitor.button("Sign in").click()
    await expect(visitor.heading("Sign in")).to_be_focused()
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()


async def test_a_store_closed_for_new_accounts_refuses_and_hides_sign_up(shop: Shop, visit: Visit) -> None:
    # Sign-up closes while somebody fills in the form …
    visitor = await visit(shop)
    await visitor.button("Create account").click()
    await shop.runtime.stores.change(shop.store, StoreChanges(sign_up_open=False), actor="test")
    await visitor.page.get_by_label("Name").fill("Emmy Noether")
    await visitor.page.get_by_label("Email").fill("emmy@example.com")
    await visitor.page.get_by_label("Password").fill("a few words to remember")
    await visitor.button("Create account").click()
    await expect(visitor.alert).to_have_text("Alpha Pets is not accepting new accounts right now.")
    # … and later visitors don't see the form.
    await visitor.open()
    await expect(visitor.button("Sign in")).to_be_visible()
    await expect(visitor.button("Create account")).to_have_count(0)
