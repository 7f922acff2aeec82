"""A bad environment: the address, the pictures, the device's clock and storage, a proxy."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Route, expect

from browser.test_error_states import expect_no_gibberish
from browser.visitor import ADA, Visit
from shop import Shop
from workers import stock


@pytest.mark.parametrize(
    "query",
    [
        "?species=unicorns&sort=sideways",
        "?species=cats&species=dogs&page=7&after=not-a-cursor",
        "?search=%F0%9F%90%B1%00%FF",
        "?search=" + "%20".join(["verylong"] * 500),
        "?search=%3Cscript%3Ealert(1)%3C/script%3E",
        "?search=(((%27%22%5C%26%7C!:*",
    ],
)
async def test_a_meaningless_filter_does_no_harm(shop: Shop, visit: Visit, query: str) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA, path=query)
    await expect(visitor.heading("Meet our pets")).to_be_visible()
    await expect(visitor.card("Luna").or_(visitor.page.get_by_text(re.compile("^No .* match"))).first).to_be_visible()
    await expect(visitor.alert).to_have_count(0)
    await expect_no_gibberish(visitor)


async def test_a_drawing_replaces_a_picture_that_fails_to_load(shop: Shop, visit: Visit) -> None:
    await shop.list_pet("Luna", species="CAT")
    await shop.list_pet("Kermit", species="FROG")
    visitor = await visit(shop, ADA, path="/purchases")
    visitor.tolerate("net::ERR_FAILED", "status of 403")
    broken = [lambda route: route.abort(), lambda route: route.fulfill(status=403, body="expired")]
    await visitor.page.route("**/pictures/**", lambda route: broken[len(route.request.url) % 2](route))
    await visitor.link("Alpha Pets").click()
    for name, drawing in (("Luna", "cat"), ("Kermit", "frog")):
        stand_in = visitor.card(name).locator("[class*=standIn]")
        await expect(stand_in).to_be_visible()
        mask = "element => getComputedStyle(element, '::after').maskImage"
        assert re.search(rf"/assets/{drawing}-[\w-]+\.svg", await stand_in.evaluate(mask))
        await expect(visitor.card(name).locator("img")).to_have_count(0)
    await visitor.link("Luna").click()
    await expect(visitor.page.get_by_role("dialog").get_by_role("img", name="Portrait of Luna")).to_be_visible()
    await visitor.page.unroute("**/pictures/**")
    await visitor.reload()
    portrait = visitor.page.locator("img[alt='Portrait of Luna']")
    await expect(portrait).to_be_visible()


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_clock_that_is_a_day_off_locks_nobody_out(shop: Shop, visit: Visit, days: int) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop)
    await visitor.page.clock.install(time=datetime.now(UTC) + timedelta(days=days))
    await visitor.open()
    await visitor.sign_in()
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.reload()
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()


async def test_without_storage_a_session_lasts_until_the_page_is_reloaded(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop)
    await visitor.page.add_init_script(
        "for (const name of ['sessionStorage', 'localStorage', 'indexedDB']) Object.defineProperty(window, name, "
        "{ get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); } });"
    )
    await visitor.open()
    await visitor.sign_in()
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.button("Buy Luna now").click()
    await expect(visitor.dialog("Luna is yours")).to_be_visible()
    await visitor.reload()
    await expect(visitor.heading("Sign in")).to_be_visible()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/html", "<h1>Please log in to the hotel's network</h1>"), ("application/json", ""), ("text/plain", "{")],
)
async def test_an_invalid_response_shows_an_error_with_a_way_out(
    shop: Shop, visit: Visit, content_type: str, body: str
) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA, path="/nowhere")
    await expect(visitor.heading("There is no page here")).to_be_visible()

    async def intercept(route: Route) -> None:
        await route.fulfill(status=200, content_type=content_type, body=body)

    await visitor.page.route("**/graphql/storefront", intercept)
    await visitor.link("See all pets").click()
    await expect(visitor.heading("Something went wrong on our side")).to_be_visible()
    await expect_no_gibberish(visitor)
    await visitor.page.unroute("**/graphql/storefront")
    await visitor.button("Try again").click()
    await expect(visitor.card("Luna")).to_be_visible()


async def test_a_bug_in_the_page_shows_a_retry_and_a_reference(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA, path="/nowhere")
    await expect(visitor.heading("There is no page here")).to_be_visible()

    async def nonsense(route: Route) -> None:
        """An answer that GraphQL can't give: a page of pets without the pets."""
        if "query Shelf" not in (route.request.post_data or ""):
            await route.continue_()
            return
        answer = '{"data": {"pets": {"totalCount": 1, "pageInfo": {"hasNextPage": false}}}}'
        await route.fulfill(content_type="application/json", headers={"X-Request-Id": "ref-4711"}, body=answer)

    visitor.tolerate("Error", "error occurred")
    await visitor.page.route("**/graphql/storefront", nonsense)
    await visitor.link("See all pets").click()
    await expect(visitor.heading("This page got stuck")).to_be_visible()
    await expect(visitor.alert.locator("code")).to_have_text(re.compile(r"ref-4711|[0-9a-f]{16}"))
    await expect_no_gibberish(visitor)
    await visitor.page.unroute("**/graphql/storefront")
    await visitor.button("Try again").click()
    await expect(visitor.heading("There is no page here").or_(visitor.card("Luna")).first).to_be_visible()
