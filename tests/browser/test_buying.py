"""Buying with one click: it is confirmed, never happens twice, and a pet never goes to two customers."""

import asyncio

from playwright.async_api import Route, expect

from browser.visitor import ADA, GRACE, PHONE, Visit
from shop import Shop
from workers import stock, totals


async def test_one_click_buys_and_confirms(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA)
    page = visitor.page
    await visitor.button("Buy Luna now").click()
    dialog = visitor.dialog("Luna is yours")
    await expect(dialog).to_be_visible()
    await visitor.button("Keep looking", dialog).click()
    await expect(dialog).to_have_count(0)
    await expect(visitor.card("Luna")).to_contain_text("Luna is yours.")
    await expect(visitor.button("Buy Luna now")).to_have_count(0)

    await visitor.button("Buy Kermit now").click()
    await visitor.link("See my pets", visitor.dialog("Kermit is yours")).click()
    await expect(visitor.heading("My pets")).to_be_focused()
    purchases = page.get_by_role("list", name="Purchases, newest first")
    await expect(purchases.get_by_role("link")).to_have_text(["Kermit", "Luna"])
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_confirmation_has_no_older_message_over_it(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA, size=PHONE)
    await visitor.button("Add Kermit to cart").click()
    await expect(visitor.message("Kermit is in your cart.")).to_be_visible()
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()
    # A screen reader gets only the dialog, but a message over it would still be visible.
    message = visitor.page.get_by_role("button", name="Dismiss", include_hidden=True)
    await expect(message).to_have_count(0, timeout=1_000)


async def test_pressing_twice_buys_once(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    asked = []

    async def slowly(route: Route) -> None:
        if "PurchasePet" in (route.request.post_data or ""):
            asked.append(route.request)
            await expect(visitor.button("Buying Luna")).to_have_attribute("aria-disabled", "true")
            await asyncio.sleep(0.3)
        await route.continue_()

    await visitor.page.route("**/graphql/storefront", slowly)
    await visitor.button("Buy Luna now").dblclick()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()
    assert len(asked) == 1
    assert (await totals(shop)).purchases == 1


async def test_a_lost_answer_is_requested_again_and_buys_once(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA)
    visitor.tolerate("net::ERR_CONNECTION_RESET")
    await expect(visitor.card("Luna")).to_be_visible()
    keys = []

    async def lose_the_first_answer(route: Route) -> None:
        if "PurchasePet" not in (route.request.post_data or ""):
            return await route.continue_()
        body = route.request.post_data_json
        assert body is not None
        keys.append(body["variables"]["idempotencyKey"])
        if len(keys) == 1:
            await route.fetch()
            return await route.abort("connectionreset")
        return await route.continue_()

    await visitor.page.route("**/graphql/storefront", lose_the_first_answer)
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert (await totals(shop)).purchases == 1


async def without_live_shelf(route: Route) -> None:
    if "event-stream" in route.request.headers["accept"]:
        await route.abort()
    else:
        await route.continue_()


async def test_two_customers_race_for_one_pet(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    racers = [await visit(shop, ADA), await visit(shop, GRACE)]
    for racer in racers:
        # The live shelf would show the slower customer that she's sold before they press the button.
        await racer.page.route("**/graphql/storefront", without_live_shelf)
        racer.tolerate("net::ERR_FAILED")
        await racer.reload()
        await expect(racer.button("Buy Luna now")).to_be_visible()
    await asyncio.gather(*(racer.button("Buy Luna now").click(no_wait_after=True) for racer in racers))
    output = "Luna has just been bought by someone else and is no longer on the shelf."
    outcomes = []
    for racer in racers:
        won, lost = racer.dialog("Luna is yours"), racer.message(output)
        await expect(won.or_(lost).first).to_be_visible()
        outcomes.append((await won.count(), await lost.count() > 0))
    assert sorted(outcomes) == [(0, True), (1, False)]
    assert (await totals(shop)).purchases == 1
    loser = racers[outcomes.index((0, True))]
    await expect(loser.card("Luna")).to_contain_text("Luna has found another home.")
