"""The live shelf: changes elsewhere show in place, and nothing jumps."""

import time
from itertools import pairwise

from playwright.async_api import Route, expect

from browser.live_events import Listener
from browser.visitor import ADA, GRACE, Visit, Visitor
from menagerie.stores.models import StoreChanges
from shop import Shop
from workers import stock

SOON = 2_500


def streams(visitor: Visitor) -> int:
    return sum("subscription ShelfChanges" in asked for asked in visitor.asked)


async def places(visitor: Visitor) -> list[object]:
    return list(await visitor.cards.evaluate_all("cards => cards.map((card) => card.getBoundingClientRect().toJSON())"))


async def test_sold_and_removed_pets_change_in_place(shop: Shop, visit: Visit) -> None:
    sold, removed, *_ = await stock(shop, ["Luna", "Kermit", "Max", "Bella", "Rex"])
    listener = await Listener.open(shop, visit)
    visitor = listener.visitor
    await expect(visitor.cards).to_have_count(5)
    await listener.wait_until_listening()
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


async def test_new_pets_are_announced_and_shown_on_request(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    listener = await Listener.open(shop, visit)
    visitor = listener.visitor
    await expect(visitor.card("Luna")).to_be_visible()
    await listener.wait_until_listening()
    before = await places(visitor)
    await shop.list_pet("Kermit", species="FROG")
    show = visitor.button("Show 1 new pet")
    await expect(show).to_be_visible(timeout=SOON)
    assert await places(visitor) == before
    await shop.list_pet("Max", species="DOG")
    await visitor.button("Show 2 new pets").click(timeout=SOON)
    await expect(visitor.cards.get_by_role("heading")).to_have_text(["Max", "Kermit", "Luna"])
    assert await visitor.focused() == "Meet our pets"


async def test_an_open_pet_and_the_cart_update_too(shop: Shop, visit: Visit) -> None:
    pet, second = await stock(shop, ["Luna", "Max"])
    await shop.add_to_cart(second)
    listener = await Listener.open(shop, visit)
    visitor = listener.visitor
    await visitor.link("Luna").click()
    dialog = visitor.dialog("Luna")
    await listener.wait_until_listening()
    await visitor.button("Buy Luna now", dialog).focus()
    await shop.buy(pet, GRACE)
    await expect(dialog).to_contain_text("Luna has found another home.", timeout=SOON)
    # The focused button is gone, but the focus isn't lost.
    assert await visitor.focused() == "Luna has found another home."
    await visitor.button("Close", dialog).click()
    await visitor.link("Cart 1 pet").click()
    await expect(visitor.button("Check out")).to_be_visible()
    await shop.buy(second, GRACE)
    await expect(visitor.page.get_by_role("listitem")).to_contain_text("Sold", timeout=SOON)


async def test_another_stores_shelf_changes_nothing_here(shop: Shop, other: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    (theirs,) = await stock(other, ["Luna"])
    listener = await Listener.open(shop, visit)
    visitor = listener.visitor
    await listener.wait_until_listening()
    await other.list_pet("Theirs")
    await other.buy(theirs)
    await shop.list_pet("Ours")
    await expect(visitor.button("Show 1 new pet")).to_be_visible(timeout=SOON)
    await expect(visitor.button("Buy Luna now")).to_be_visible()


async def look_away(visitor: Visitor, *, hidden: bool) -> None:
    await visitor.page.evaluate(
        """hidden => {
            const say = (name, value) => Object.defineProperty(document, name, { configurable: true, value });
            say("hidden", hidden);
            say("visibilityState", hidden ? "hidden" : "visible");
            document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
        }""",
        hidden,
    )


async def test_after_a_gap_the_shelf_catches_up(shop: Shop, visit: Visit) -> None:
    luna, _ = await stock(shop, ["Luna", "Kermit"])
    listener = await Listener.open(shop, visit)
    visitor = listener.visitor
    visitor.tolerate("net::ERR_CONNECTION_REFUSED")
    await expect(visitor.cards).to_have_count(2)
    await listener.wait_until_listening()

    async def refuse(route: Route) -> None:
        if "event-stream" in route.request.headers["accept"]:
            await route.abort("connectionrefused")
        else:
            await route.continue_()

    await visitor.page.route("**/graphql/storefront", refuse)
    # This ends every stream of the store.
    await shop.runtime.stores.change(shop.store, StoreChanges(welcome="Hello."), actor="test")
    await visitor.until(lambda: streams(visitor) >= 2)
    await shop.buy(luna, GRACE)
    await shop.list_pet("Fenella")
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.page.unroute("**/graphql/storefront")
    await expect(visitor.card("Luna")).to_have_count(0, timeout=15_000)
    await expect(visitor.card("Fenella")).to_be_visible()
    await listener.wait_until_listening()
    await shop.list_pet("Mitzi")
    await expect(visitor.button("Show 1 new pet")).to_be_visible()


async def test_it_reconnects_with_growing_pauses(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    visitor.tolerate("net::ERR_CONNECTION_REFUSED")
    tries: list[float] = []

    async def refuse(route: Route) -> None:
        if "event-stream" in route.request.headers["accept"]:
            tries.append(time.monotonic())
            await route.abort("connectionrefused")
        else:
            await route.continue_()

    await visitor.page.route("**/graphql/storefront", refuse)
    await visitor.begin_session(ADA)
    await visitor.open()
    await visitor.until(lambda: len(tries) >= 4)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    # Random within 0.5 to 1, 1 to 2 and 2 to 4 seconds.
    assert pauses[0] < pauses[2], pauses
    assert pauses[2] >= 1.9, pauses


async def test_a_hidden_tab_does_not_listen_and_catches_up_when_shown(shop: Shop, visit: Visit) -> None:
    luna, _ = await stock(shop, ["Luna", "Kermit"])
    listener = await Listener.open(shop, visit)
    visitor = listener.visitor
    await expect(visitor.cards).to_have_count(2)
    await visitor.until(lambda: streams(visitor) == 1)
    async with visitor.page.expect_event("requestfailed", lambda ended: "ShelfChanges" in (ended.post_data or "")):
        await look_away(visitor, hidden=True)
    await shop.buy(luna, GRACE)
    await look_away(visitor, hidden=False)
    await expect(visitor.card("Luna")).to_have_count(0)
    await visitor.until(lambda: streams(visitor) == 2)
    await listener.wait_until_listening()
    await shop.list_pet("Fenella")
    await expect(visitor.button("Show 1 new pet")).to_be_visible()


async def test_a_tab_hidden_before_its_stream_was_answered_catches_up_too(shop: Shop, visit: Visit) -> None:
    luna, _ = await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop)
    held: list[Route] = []

    async def hold(route: Route) -> None:
        if "event-stream" in route.request.headers["accept"]:
            held.append(route)
        else:
            await route.continue_()

    await visitor.page.route("**/graphql/storefront", hold)
    await visitor.begin_session(ADA)
    await visitor.open()
    await expect(visitor.cards).to_have_count(2)
    await visitor.until(lambda: len(held) == 1)
    await look_away(visitor, hidden=True)
    await visitor.page.unroute("**/graphql/storefront")
    await shop.buy(luna, GRACE)
    await look_away(visitor, hidden=False)
    await expect(visitor.card("Luna")).to_have_count(0)


async def test_a_tab_hidden_while_loading_its_stream_reader_catches_up_too(shop: Shop, visit: Visit) -> None:
    luna, _ = await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop)
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await visitor.page.route("**/serverSentEvents-*.js", hold)
    await visitor.begin_session(ADA)
    await visitor.open()
    await expect(visitor.cards).to_have_count(2)
    await visitor.until(lambda: len(held) == 1)
    await look_away(visitor, hidden=True)
    async with visitor.page.expect_event("requestfinished", lambda ended: "serverSentEvents" in ended.url):
        await held[0].continue_()
    await shop.buy(luna, GRACE)
    await look_away(visitor, hidden=False)
    await expect(visitor.card("Luna")).to_have_count(0)
