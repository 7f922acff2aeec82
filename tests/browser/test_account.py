"""A customer's account: changing the password, and ending sessions on other devices."""

from playwright.async_api import expect

from browser.visitor import ADA, Visit, Visitor
from shop import PASSWORD, Shop
from workers import stock

NEW = "a new and longer password"


async def change_password(visitor: Visitor, current: str, new: str) -> None:
    await visitor.page.get_by_label("Current password").fill(current)
    await visitor.page.get_by_label("New password").fill(new)
    await visitor.button("Change password").click()


async def open_account(visitor: Visitor) -> None:
    await visitor.button("Account").click()
    await visitor.page.get_by_role("menuitem", name="Your account").click()
    await expect(visitor.heading("Your account")).to_be_visible()


async def test_a_new_password_ends_other_sessions_but_not_this_one(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    elsewhere = await visit(shop, ADA)
    elsewhere.tolerate("status of 401")
    visitor = await visit(shop, ADA)
    visitor.tolerate("status of 401")
    await open_account(visitor)
    await expect(visitor.page.get_by_text(ADA)).to_be_visible()
    await change_password(visitor, PASSWORD, NEW)
    output = "Your password has been changed. Other devices have been signed out."
    await expect(visitor.page.get_by_role("status").filter(has_text=output)).to_be_visible()
    await expect(visitor.page.get_by_label("Current password")).to_have_value("")
    # The other device notices by itself.
    await expect(elsewhere.heading("Sign in")).to_be_visible()
    await elsewhere.sign_in(password=PASSWORD)
    await expect(elsewhere.alert).to_be_visible()
    await elsewhere.sign_in(password=NEW)
    await expect(elsewhere.card("Luna")).to_be_visible()
    await visitor.link("Alpha Pets").click()
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()


async def test_each_problem_shows_beside_its_field(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, ADA, path="/account")
    await change_password(visitor, "not the password", NEW)
    await expect(visitor.page.get_by_text("This is not your current password.")).to_be_visible()
    assert await visitor.page.get_by_label("Current password").get_attribute("aria-invalid") == "true"
    await expect(visitor.page.get_by_label("Current password")).to_be_focused()
    await change_password(visitor, PASSWORD, "short")
    await expect(visitor.page.get_by_text("Choose a password of at least 10 characters.")).to_be_visible()
    await expect(visitor.page.get_by_label("New password")).to_be_focused()
    await expect(visitor.page.get_by_text("This is not your current password.")).to_have_count(0)


async def test_signing_out_everywhere_ends_every_open_page_of_the_customer(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    other_device, visitor = await visit(shop, ADA, path="/cart"), await visit(shop, ADA, path="/account")
    grace = await visit(shop, "grace@example.com")
    for each in (other_device, visitor):
        each.tolerate("status of 401")
    await visitor.button("Sign out everywhere").click()
    await expect(visitor.page.get_by_text("You're signed out on every device.")).to_be_visible()
    assert await visitor.page.evaluate("sessionStorage.length") == 0
    await expect(other_device.page.get_by_text("You've been signed out.")).to_be_visible()
    assert await other_device.page.evaluate("sessionStorage.length") == 0
    await expect(grace.card("Luna")).to_be_visible()
    await other_device.sign_in()
    await expect(other_device.heading("Cart")).to_be_visible()


async def test_signing_out_everywhere_does_not_claim_success_without_a_connection(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, ADA, path="/account")
    visitor.tolerate("net::ERR_INTERNET_DISCONNECTED")
    await expect(visitor.button("Sign out everywhere")).to_be_visible()
    await visitor.context.set_offline(True)
    await visitor.button("Sign out everywhere").click()
    await expect(visitor.alert).to_have_text("The store can't be reached. Check your connection and try again.")
    await visitor.context.set_offline(False)
    await visitor.button("Sign out everywhere").click()
    await expect(visitor.heading("Sign in")).to_be_visible()


async def test_password_managers_know_whose_password_it_is(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, ADA, path="/account")
    fields = visitor.page.locator("form input")
    await expect(visitor.page.locator("input[autocomplete=username]")).to_have_value(ADA)
    kinds = await fields.evaluate_all("inputs => inputs.map(input => input.autocomplete)")
    assert kinds == ["username", "current-password", "new-password"]
