"""Everything works with the keyboard alone, and the focus is never lost."""

from playwright.async_api import expect

from browser.visitor import ADA, Visit, Visitor
from menagerie.pets.models import Species
from shop import PASSWORD, Shop
from workers import stock


async def tab_to(visitor: Visitor, name: str, key: str = "Tab", most: int = 40) -> None:
    """Press Tab until the named element has a visible focus, which must never get lost on the way."""
    passed = []
    for _ in range(most):
        await visitor.page.keyboard.press(key)
        passed.append(await visitor.focused())
        assert passed[-1], f"the focus got lost after {passed}"
        if passed[-1] == name:
            outline = await visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            card = await visitor.page.evaluate(
                "getComputedStyle(document.activeElement.closest('article') ?? document.body).outlineStyle"
            )
            assert "solid" in {outline, card}, f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"no {name!r} among {passed}")


async def test_a_customer_signs_in_and_buys_by_keyboard(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Minka"])
    await stock(shop, ["Kermit"], Species.FROG)
    visitor = await visit(shop)
    keyboard = visitor.page.keyboard
    await expect(visitor.button("Sign in")).to_be_visible()
    await keyboard.press("Tab")
    assert await visitor.page.evaluate("document.activeElement.name") == "email"
    await keyboard.type(ADA)
    await keyboard.press("Tab")
    await keyboard.type(PASSWORD)
    await keyboard.press("Enter")
    await expect(visitor.heading("Meet our pets")).to_be_focused()

    await expect(visitor.button("Cats 2")).to_be_visible()
    await tab_to(visitor, "Cats 2")
    await keyboard.press("Space")
    await expect(visitor.cards).to_have_count(2)
    assert await visitor.focused() == "Cats 2"

    await tab_to(visitor, "Luna")
    await keyboard.press("Enter")
    dialog = visitor.dialog("Luna")
    await expect(dialog).to_be_visible()
    await keyboard.press("Enter")  # a key held too long buys nothing
    await expect(visitor.button("Buy Luna now", dialog)).to_be_visible()
    inside = "document.activeElement.closest('[role=dialog]') !== null"
    for _ in range(6):  # the focus cycles within the dialog
        await keyboard.press("Tab")
        assert await visitor.page.evaluate(inside)
    await keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(visitor.link("Luna")).to_be_focused()

    await tab_to(visitor, "Buy Luna now")
    await keyboard.press("Enter")
    confirmation = visitor.dialog("Luna is yours")
    await expect(confirmation).to_be_visible()
    await expect(visitor.button("Keep looking", confirmation)).to_be_focused()
    await keyboard.press("Escape")
    await expect(confirmation).to_have_count(0)
    await expect(visitor.page.locator(":focus")).to_contain_text("Luna is yours.")

    await tab_to(visitor, "Account", "Shift+Tab")
    await keyboard.press("ArrowDown")
    await expect(visitor.page.get_by_role("menuitem", name="My pets")).to_be_focused()
    await keyboard.press("Enter")
    await expect(visitor.heading("My pets")).to_be_focused()
    await expect(visitor.link("Luna")).to_be_visible()


async def test_the_skip_link_leads_to_the_content(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.page.keyboard.press("Tab")
    assert await visitor.focused() == "Skip to content"
    await visitor.page.keyboard.press("Enter")
    await visitor.page.keyboard.press("Tab")
    assert await visitor.page.evaluate("document.activeElement.closest('main') !== null")


async def test_the_cart_works_by_keyboard(shop: Shop, visit: Visit) -> None:
    for pet in await stock(shop, ["Luna", "Minka"]):
        await shop.add_to_cart(pet)
    visitor = await visit(shop, ADA, path="/cart")
    keyboard = visitor.page.keyboard
    await expect(visitor.button("Check out")).to_be_visible()
    await tab_to(visitor, "Remove Luna from cart")
    await keyboard.press("Enter")
    await expect(visitor.page.get_by_role("listitem").filter(has_text="Cat")).to_have_count(1)
    assert await visitor.focused() == "Remove Minka from cart"
    await tab_to(visitor, "Check out")
    await keyboard.press("Enter")
    confirmation = visitor.dialog("Minka is yours")
    await expect(visitor.button("Keep looking", confirmation)).to_be_focused()
    await keyboard.press("Escape")
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()
    await expect(visitor.heading("Cart")).to_be_focused()
