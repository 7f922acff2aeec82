"""My pets: a customer's purchases, newest first, page by page."""

from playwright.async_api import expect

from browser.visitor import ADA, GRACE, PHONE, Visit
from shop import Shop
from workers import stock


async def test_purchases_are_listed_newest_first(shop: Shop, visit: Visit) -> None:
    mine, together, theirs, *more = await stock(shop, ["Luna", "Kermit", "Max", *(f"Pet {n}" for n in range(24))])
    for pet in more:
        await shop.buy(pet)
    await shop.buy(mine)
    await shop.add_to_cart(together)
    await shop.checkout()
    await shop.buy(theirs, GRACE)
    visitor = await visit(shop, ADA)
    await visitor.link("My pets").click()
    purchases = visitor.page.get_by_role("list", name="Purchases, newest first")
    await expect(purchases.get_by_role("link").first).to_have_text("Kermit")
    names = await purchases.get_by_role("link").all_inner_texts()
    assert names == ["Kermit", "Luna", *(f"Pet {n}" for n in range(23, 1, -1))]
    await visitor.button("Show older purchases").click()
    await expect(purchases.get_by_role("link")).to_have_count(26)
    await expect(visitor.button("Show older purchases")).to_have_count(0)
    await expect(visitor.page.get_by_text("Max")).to_have_count(0)


async def test_on_a_phone_my_pets_is_in_the_account_menu(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, ADA, size=PHONE)
    await expect(visitor.link("My pets")).to_have_count(0)
    await visitor.button("Account").click()
    await visitor.page.get_by_role("menuitem", name="My pets").click()
    await expect(visitor.page.get_by_text("No pet has moved in with you yet.")).to_be_visible()
    await visitor.link("Meet our pets").click()
    await expect(visitor.heading("Meet our pets")).to_be_visible()
