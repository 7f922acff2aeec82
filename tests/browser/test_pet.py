"""A pet: over the shelf, which keeps its scroll position, or from a link, on its own page."""

from playwright.async_api import expect

from browser.visitor import ADA, PHONE, Visit
from shop import Shop
from workers import stock


async def test_a_pet_opens_over_the_shelf_which_keeps_its_scroll_position(shop: Shop, visit: Visit) -> None:
    ids = await stock(shop, [f"Pet {number:02}" for number in range(24)])
    visitor = await visit(shop, ADA, path="?sort=name")
    page = visitor.page
    await visitor.card("Pet 21").scroll_into_view_if_needed()
    before = await page.evaluate("scrollY")
    assert before > 500
    await visitor.link("Pet 21").click()
    dialog = visitor.dialog("Pet 21")
    await expect(dialog.get_by_role("heading", name="Pet 21")).to_be_visible()
    await expect(dialog).to_contain_text("Cat · 2 years")
    await expect(dialog).to_contain_text("With us since")
    await expect(page).to_have_url(f"{visitor.store}/pets/{ids[21]}")
    await expect(page).to_have_title("Pet 21 · Alpha Pets")

    await page.go_back()
    await expect(dialog).to_have_count(0)
    assert page.url.endswith("?sort=name")
    assert await page.evaluate("scrollY") == before
    await expect(page).to_have_title("Meet our pets · Alpha Pets")

    await page.go_forward()
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)
    assert await page.evaluate("scrollY") == before
    await expect(visitor.link("Pet 21")).to_be_focused()


async def test_a_pet_can_be_closed_at_any_scroll_position(shop: Shop, visit: Visit) -> None:
    await shop.list_pet("Luna", description="Greets every visitor at the door. " * 40)
    visitor = await visit(shop, ADA, size=PHONE)
    await visitor.link("Luna").click()
    dialog = visitor.dialog("Luna")
    await visitor.button("Buy Luna now", dialog).scroll_into_view_if_needed()
    await expect(dialog.get_by_role("heading", name="Luna")).not_to_be_in_viewport()
    close = visitor.button("Close", dialog)
    await expect(close).to_be_in_viewport(ratio=1)
    await close.click()
    await expect(dialog).to_have_count(0)


async def test_the_shelf_keeps_its_scroll_position_behind_the_cart_too(shop: Shop, visit: Visit) -> None:
    await stock(shop, [f"Pet {number:02}" for number in range(24)])
    visitor = await visit(shop, ADA, path="?sort=name", size=PHONE)
    await visitor.card("Pet 11").scroll_into_view_if_needed()  # the cards far below aren't drawn yet
    await visitor.card("Pet 20").scroll_into_view_if_needed()
    before = await visitor.page.evaluate("scrollY")
    await visitor.link("Cart").click()
    await expect(visitor.heading("Cart")).to_be_focused()
    assert await visitor.page.evaluate("scrollY") == 0
    await visitor.page.go_back()
    await expect(visitor.card("Pet 20")).to_be_in_viewport()
    assert abs(await visitor.page.evaluate("scrollY") - before) < 5


async def test_a_link_to_a_pet_opens_its_own_page(shop: Shop, visit: Visit) -> None:
    (pet,) = await stock(shop, ["Luna"])
    visitor = await visit(shop, path=f"/pets/{pet}")
    await visitor.sign_in()
    await expect(visitor.page.get_by_role("heading", level=1, name="Luna")).to_be_visible()
    await expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    portrait = visitor.page.get_by_role("img", name="Portrait of Luna")
    await expect(portrait).to_have_js_property("complete", True)
    assert await portrait.evaluate("image => image.naturalWidth") > 0
    await visitor.link("All pets").click()
    await expect(visitor.card("Luna")).to_be_visible()


async def test_a_sold_pet_is_marked_and_cannot_be_bought(shop: Shop, visit: Visit) -> None:
    sold, removed = await stock(shop, ["Luna", "Kermit"])
    await shop.buy(sold, "grace@example.com")
    await shop.remove_pet(removed)
    visitor = await visit(shop, ADA, path=f"/pets/{sold}")
    await expect(visitor.page.get_by_text("Luna has found another home.")).to_be_visible()
    await expect(visitor.button("Buy Luna now")).to_have_count(0)
    await visitor.open(f"/pets/{removed}")
    await expect(visitor.page.get_by_text("The store has taken Kermit off the shelf.")).to_be_visible()
    await expect(visitor.button("Buy Kermit now")).to_have_count(0)
