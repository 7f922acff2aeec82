"""The shelf is live: what happens elsewhere changes it in place, and nothing on it jumps."""

import asyncio

from playwright.async_api import expect

from browser.visitor import ADA, GRACE, Visit, Visitor
from shop import Shop
from workers import stock

SOON = 2_500


async def is_live(visitor: Visitor) -> None:
    """Wait until the page listens: a change made before would not be passed on to it."""
    async with asyncio.timeout(10):
        while not any("subscription" in asked for asked in visitor.asked):  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # when the server listens, nothing shows


async def places(visitor: Visitor) -> list[object]:
    return list(await visitor.cards.evaluate_all("cards => cards.map((card) => card.getBoundingClientRect().toJSON())"))


async def test_sold_and_removed_pets_change_in_place(shop: Shop, visit: Visit) -> None:
    sold, removed, *_ = await stock(shop, ["Luna", "Kermit", "Max", "Bella", "Rex"])
    visitor = await visit(shop, ADA)
    await expect(visitor.cards).to_have_count(5)
    await is_live(visitor)
    before = await places(visitor)

    await shop.buy(sold, GRACE)
    await expect(visitor.card("Luna")).to_contain_text("Luna has found another home.", timeout=SOON)
    await shop.remove_pet(removed)
    await expect(visitor.card("Kermit")).to_contain_text("The store has taken Kermit off the shelf.", timeout=SOON)
    await expect(visitor.button("Buy Luna now")).to_have_count(0)
    await expect(visitor.button("Buy Kermit now")).to_have_count(0)
    await expect(visitor.button("Cats 3")).to_be_visible(timeout=2 * SOON)
    assert await places(visitor) == before
    assert await visitor.layout_shift() < 0.01


async def test_new_pets_are_announced_and_shown_when_asked_for(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    await expect(visitor.card("Luna")).to_be_visible()
    await is_live(visitor)
    before = await places(visitor)
    await shop.list_pet("Kermit", species="FROG")
    show = visitor.button("Show 1 new pet")
    await expect(show).to_be_visible(timeout=SOON)
    assert await places(visitor) == before
    await shop.list_pet("Max", species="DOG")
    await visitor.button("Show 2 new pets").click(timeout=SOON)
    await expect(visitor.cards.get_by_role("heading")).to_have_text(["Max", "Kermit", "Luna"])
    assert await visitor.focused() == "Meet our pets"


async def test_an_open_pet_and_the_cart_follow_too(shop: Shop, visit: Visit) -> None:
    pet, second = await stock(shop, ["Luna", "Max"])
    await shop.add_to_cart(second)
    visitor = await visit(shop, ADA)
    await visitor.link("Luna").click()
    dialog = visitor.dialog("Luna")
    await is_live(visitor)
    await visitor.button("Buy Luna now", dialog).focus()
    await shop.buy(pet, GRACE)
    await expect(dialog).to_contain_text("Luna has found another home.", timeout=SOON)
    # The focused button is gone; the focus is not.
    assert await visitor.focused() == "Luna has found another home."
    await visitor.button("Close", dialog).click()
    await visitor.link("Cart 1 pet").click()
    await expect(visitor.button("Check out")).to_be_visible()
    await shop.buy(second, GRACE)
    await expect(visitor.page.get_by_role("listitem")).to_contain_text("Sold", timeout=SOON)


async def test_another_stores_shelf_changes_nothing_here(shop: Shop, other: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    (theirs,) = await stock(other, ["Luna"])
    visitor = await visit(shop, ADA)
    await is_live(visitor)
    await other.list_pet("Theirs")
    await other.buy(theirs)
    await shop.list_pet("Ours")
    await expect(visitor.button("Show 1 new pet")).to_be_visible(timeout=SOON)
    await expect(visitor.button("Buy Luna now")).to_be_visible()
