"""Signing in: problems show at once, the password is never stored, and a session belongs to one store."""

from playwright.async_api import expect

from browser.visitor import ADA, Visit
from menagerie.demo.stores import DEMO_PASSWORD
from shop import PASSWORD, Shop


async def test_signing_in_and_out(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    page = visitor.page
    await expect(page).to_have_title("Sign in · Alpha Pets")
    await expect(page.get_by_text("A store of the tests.")).to_be_visible()
    await expect(page.get_by_label("Email")).to_have_attribute("autocomplete", "username")
    await expect(page.get_by_label("Password")).to_have_attribute("autocomplete", "current-password")
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    await expect(visitor.link("Alpha Pets")).to_be_visible()

    await visitor.button("Account").click()
    menu = page.get_by_role("menu")
    await expect(menu).to_contain_text("Ada Lovelace")
    await expect(menu).to_contain_text(ADA)
    await menu.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("status").filter(has_text="You're signed out.")).to_be_visible()
    await visitor.reload()
    await expect(visitor.heading("Sign in")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0


async def test_a_wrong_password_shows_beside_the_form(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    visitor.tolerate("status of 401")
    await visitor.sign_in(password="not the password")
    await expect(visitor.page.locator("form").get_by_role("alert")).to_have_text("The sign-in details are not right.")
    await expect(visitor.page.get_by_label("Email")).to_have_value(ADA)
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()


async def test_a_browser_that_has_signed_in_is_known_when_it_signs_in_again(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    shown: list[str | None] = []
    visitor.page.on("request", lambda request: shown.append(request.headers.get("menagerie-device")))
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    assert not any(shown)
    await visitor.button("Account").click()
    await visitor.page.get_by_role("menuitem", name="Sign out").click()
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    stored = await visitor.page.evaluate(f"JSON.parse(localStorage['menagerie.devices.{shop.slug}'])")
    assert [each for each in shown if each] == [stored[1]]


async def test_missing_input_shows_beside_its_field(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await visitor.button("Sign in").click()
    email, password = visitor.page.get_by_label("Email"), visitor.page.get_by_label("Password")
    await expect(email).to_have_accessible_description("Enter your email address.")
    await expect(email).to_be_focused()
    await email.fill(ADA)
    await visitor.button("Sign in").click()
    await expect(password).to_have_accessible_description("Enter your password.")
    await expect(password).to_be_focused()
    await expect(email).not_to_have_attribute("aria-invalid", "true")


async def test_the_password_is_stored_nowhere(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    kept = await visitor.page.evaluate(
        "async () => ({ session: { ...sessionStorage }, local: { ...localStorage }, cookies: document.cookie, "
        "databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length, "
        "fields: [...document.querySelectorAll('input')].map((input) => input.value), address: location.href })"
    )
    assert list(kept["session"]) == [f"menagerie.session.{shop.slug}"]
    assert PASSWORD not in str(kept)
    assert "mng_" in kept["session"][f"menagerie.session.{shop.slug}"]
    assert (kept["cookies"], kept["databases"], kept["caches"]) == ("", 0, 0)
    # What is left after signing out names nobody.
    assert list(kept["local"]) == [f"menagerie.devices.{shop.slug}"]
    assert ADA not in str(kept["local"])
    assert await visitor.context.cookies() == []

    # Another tab is another session.
    second = await visitor.context.new_page()
    await second.goto(visitor.store)
    await expect(second.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_session_of_one_store_does_not_open_another(shop: Shop, other: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    await visitor.page.goto(f"{visitor.address}/stores/{other.slug}")
    await expect(visitor.page.get_by_text("Beta Pets")).to_be_visible()
    await expect(visitor.heading("Sign in")).to_be_visible()
    await visitor.open()
    await expect(visitor.heading("Meet our pets")).to_be_visible()


async def test_the_demo_login_is_shown_only_in_the_demo(shop: Shop, pawsome: Shop, visit: Visit) -> None:
    visitor = await visit(pawsome)
    fill = visitor.button("Fill in the demo login")
    await fill.click()
    await expect(visitor.page.get_by_label("Password")).to_have_value(DEMO_PASSWORD)
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.heading("Meet our pets")).to_be_visible()

    visitor = await visit(shop)
    await expect(visitor.button("Sign in")).to_be_visible()
    await expect(visitor.button("Fill in the demo login")).to_have_count(0)
    # A server that isn't a demo, such as the one in this process, doesn't show it.
    answer = await pawsome.post(
        "signup", "query($slug: String!) { store(slug: $slug) { demoLogin { email } } }", None, slug=pawsome.slug
    )
    assert answer.json() == {"data": {"store": {"demoLogin": None}}}
