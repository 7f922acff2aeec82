"""On a phone, an error while a dialog is open shows beside the dialog, not over it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import FloatRect, Locator, Route, expect

from browser.visitor import ADA, PHONE, Visit, Visitor
from shop import Shop
from workers import stock

SMALL_PHONE = (360, 560)
# Every text that a live region announces, in order.
LISTENING = """() => {
    window.announced = [];
    new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes) {
            const region = target.closest?.("[role=status], [role=alert], [aria-live]");
            const added = [...addedNodes].map((node) => node.textContent).join(" ");
            const begins = [...addedNodes].some((node) => node.matches?.("[role=status], [role=alert], [aria-live]"));
            if ((region || begins) && added.trim()) window.announced.push(added.trim());
        }
    }).observe(document, { childList: true, subtree: true });
}"""


@asynccontextmanager
async def failing(visitor: Visitor) -> AsyncIterator[None]:
    """Abort every mutation."""

    async def refuse(route: Route) -> None:
        if "mutation" in (route.request.post_data or ""):
            await route.abort()
        else:
            await route.continue_()

    visitor.tolerate("ERR_FAILED")
    await visitor.page.route("**/graphql/storefront", refuse)
    yield
    await visitor.page.unroute("**/graphql/storefront", refuse)


def toast_about(visitor: Visitor) -> Locator:
    """Not found by its role, because an open dialog hides it from the accessibility tree."""
    return visitor.page.locator("li", has_text="Luna wasn't bought.")


async def box(place: Locator) -> FloatRect:
    found = await place.bounding_box()
    assert found
    return found


async def bottom(place: Locator) -> float:
    found = await box(place)
    return found["y"] + found["height"]


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE])
@pytest.mark.parametrize("description", ["Sings at dusk.", "Sings at dusk and keeps surprisingly good time. " * 12])
async def test_an_error_does_not_cover_the_dialogs_text_and_buttons(
    shop: Shop, visit: Visit, size: tuple[int, int], description: str
) -> None:
    await shop.list_pet("Luna", description=description)
    visitor = await visit(shop, ADA, size=size, reduced_motion="reduce")
    await visitor.link("Luna").click()
    dialog = visitor.dialog("Luna")
    await expect(dialog).to_contain_text("With us since")
    buy, close = visitor.button("Buy Luna now", dialog), visitor.button("Close", dialog)
    await buy.scroll_into_view_if_needed()
    before = await box(buy)
    await visitor.page.evaluate(LISTENING)
    async with failing(visitor):
        await buy.click()
        toast = toast_about(visitor)
        await expect(toast).to_be_visible()
    await expect(close).to_be_in_viewport(ratio=1)
    assert (await box(close))["y"] >= await bottom(toast)
    # The button is neither under the toast nor moved up.
    pressed = await box(buy)
    assert pressed["y"] >= before["y"]
    await expect(buy).to_be_in_viewport(ratio=1)
    announced = await visitor.page.evaluate("window.announced")
    assert sum("Luna wasn't bought." in sentence for sentence in announced) == 1, announced

    await dialog.get_by_role("heading", name="Luna").scroll_into_view_if_needed()
    assert (await box(dialog.get_by_role("heading", name="Luna")))["y"] >= await bottom(toast)
    await buy.scroll_into_view_if_needed()
    pressed = await box(buy)
    await toast.locator("[aria-label=Dismiss]").click()
    await expect(toast).to_have_count(0)
    assert await box(buy) == pressed, "the button moved when the toast was dismissed"
    await buy.click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()


async def test_a_dialog_opened_under_an_error_begins_below_it(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA, size=SMALL_PHONE, reduced_motion="reduce")
    async with failing(visitor):
        await visitor.button("Buy Luna now").click()
        toast = toast_about(visitor)
        await expect(toast).to_be_visible()
    await visitor.link("Kermit").click()
    dialog = visitor.dialog("Kermit")
    await expect(dialog).to_contain_text("With us since")
    assert (await box(dialog))["y"] >= await bottom(toast)
    await visitor.button("Close", dialog).click()
    await expect(dialog).to_have_count(0)
    await expect(visitor.heading("Meet our pets")).to_be_visible()
