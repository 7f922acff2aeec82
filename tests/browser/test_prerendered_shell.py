"""What is on screen before the page's own code has loaded, and how the page takes over."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Route, expect

from browser.visitor import ADA, DESKTOP, PHONE, Visit, Visitor
from gallery.comparison import highest
from menagerie.stores.models import StoreChanges
from shop import Shop
from workers import stock

PAGE = "**/assets/page-*.js"
SHELF = "**/graphql/storefront"
PICTURES = "**/stores/*/pictures/**"
SHELL_WAITS_SECONDS = 0.3
# A page takes much less, except on a busy machine.
MAX_MILLISECONDS = 2_000
ROUNDING = 6
PETS = [f"Pet {number}" for number in range(1, 13)]


@asynccontextmanager
async def held(visitor: Visitor, *patterns: str) -> AsyncIterator[None]:
    """Hold requests that match until the block ends."""
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    for pattern in patterns:
        await visitor.page.route(pattern, hold)
    try:
        yield
    finally:
        released.set()


async def photograph(visitor: Visitor) -> Image.Image:
    await visitor.page.evaluate("document.fonts.ready")
    picture = await visitor.page.screenshot(animations="disabled", caret="hide")
    return Image.open(io.BytesIO(picture)).convert("RGB")


def is_same(before: Image.Image, after: Image.Image) -> bool:
    """Whether nothing moved or changed colour, except for Chromium's rounding of edges."""
    return highest(ImageChops.difference(before, after)) <= ROUNDING


async def change(shop: Shop, **changes: object) -> None:
    await shop.runtime.stores.change(shop.store, StoreChanges(**changes), actor="test")  # type: ignore[arg-type]  # any field


async def assert_taken_over_in_place(visitor: Visitor, words: str) -> None:
    """The shell shows the words before the page has loaded, and the page looks the same."""
    async with held(visitor, PAGE):
        await visitor.page.reload(wait_until="commit")
        await expect(visitor.page.locator("#root")).to_contain_text(words)
        before = await photograph(visitor)
    await visitor.arrived()
    assert is_same(before, await photograph(visitor))


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("description", ["By the water. " * 9, ""])
@pytest.mark.parametrize("sign_up_open", [True, False])
async def test_the_sign_in_page_takes_over_without_a_pixel_moving(
    shop: Shop, visit: Visit, size: tuple[int, int], description: str, *, sign_up_open: bool
) -> None:
    await change(shop, name="Pond & <b>Paw</b>", description=description, accent="#1f6b4a", sign_up_open=sign_up_open)
    visitor = await visit(shop, size=size)
    await assert_taken_over_in_place(visitor, "Pond & <b>Paw</b>")
    assert await visitor.layout_shift() == 0


async def test_the_demo_login_is_in_the_shell(pawsome: Shop, visit: Visit) -> None:
    visitor = await visit(pawsome)
    await assert_taken_over_in_place(visitor, "Fill in the demo login")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"welcome": "Come in,\nthe pond is warm."}, ""),
        ({"description": "A description that is long. " * 12}, ""),
        ({"description": ""}, ""),
        ({"accent": "#1f6b4a"}, "/cart"),
    ],
)
async def test_the_shelf_takes_over_without_a_pixel_moving(
    shop: Shop, visit: Visit, size: tuple[int, int], changes: dict[str, str], path: str
) -> None:
    await stock(shop, ["Luna"])
    await change(shop, **changes)
    visitor = await visit(shop, ADA, path, size=size)
    async with held(visitor, SHELF):
        async with held(visitor, PAGE):
            await visitor.page.reload(wait_until="commit")
            await expect(visitor.page.locator("#root")).to_contain_text("Alpha Pets")
            before = await photograph(visitor)
        await visitor.arrived()
        await expect(visitor.page.locator("#content")).to_be_attached()
        after = await photograph(visitor)
        if path:
            # Below the bar, the page's script brings its own skeleton.
            bar = (0, 0, before.width, 64)
            before, after = before.crop(bar), after.crop(bar)
        assert is_same(before, after)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_the_first_pictures_show_before_the_page(shop: Shop, visit: Visit, size: tuple[int, int]) -> None:
    await stock(shop, PETS)
    visitor = await visit(shop, ADA, size=size)
    await expect(visitor.cards.first).to_be_visible()
    visitor.asked.clear()
    async with held(visitor, PAGE):
        await visitor.page.reload(wait_until="commit")
        pictures = visitor.page.locator("#root [inert] img")
        await expect(pictures.first).to_be_visible()
        assert await pictures.first.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
        seen = await pictures.evaluate_all("images => images.map((image) => image.src)")
        places = await pictures.evaluate_all("images => images.map((image) => image.getBoundingClientRect().toJSON())")
    await visitor.arrived()
    await expect(visitor.cards.first).to_be_visible()
    cards = visitor.cards.locator("img")
    assert seen == (await cards.evaluate_all("images => images.map((image) => image.src)"))[: len(seen)]
    boxes = await cards.evaluate_all("images => images.map((image) => image.getBoundingClientRect().toJSON())")
    assert places == boxes[: len(places)]
    assert sum("query Shelf(" in question for question in visitor.asked) == 1
    assert await visitor.layout_shift() == 0


# How wide and high a line is.
MEASURE = """() => {
    const line = document.createElement("span");
    line.style.cssText = "position: absolute; white-space: nowrap; line-height: normal";
    line.textContent = "Cats, dogs and the odd frog, raised with patience in the middle of Berlin.";
    document.body.append(line);
    const { width, height } = line.getBoundingClientRect();
    return [width, height];
}"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_a_late_typeface_shifts_nothing(shop: Shop, visit: Visit, size: tuple[int, int]) -> None:
    await change(shop, description="Cats, dogs and the odd frog, raised with patience in the middle of Berlin. " * 2)
    visitor = await visit(shop, size=size)
    async with held(visitor, "**/*.woff2"):
        await visitor.page.reload(wait_until="commit")
        await visitor.arrived()
        assert await visitor.page.evaluate("document.fonts.check('1rem \\'Figtree Variable\\'')") is False
        width, height = await visitor.page.evaluate(MEASURE)
    await visitor.page.evaluate("document.fonts.ready")
    assert await visitor.page.evaluate("document.fonts.check('1rem \\'Figtree Variable\\'')")
    assert await visitor.page.evaluate(MEASURE) == [pytest.approx(width, rel=0.01), height]
    assert await visitor.layout_shift() < 0.01


async def test_a_filtered_shelf_is_queried_once_with_its_filter(shop: Shop, visit: Visit) -> None:
    await stock(shop, PETS)
    visitor = await visit(shop, ADA, "?search=pet+12&sort=name")
    await expect(visitor.cards.get_by_role("heading")).to_have_text(["Pet 12"])
    assert [question.count('"pet 12"') for question in visitor.asked if "query Shelf(" in question] == [1]


async def test_a_shelf_that_comes_after_the_page_is_queried_once(shop: Shop, visit: Visit) -> None:
    await stock(shop, PETS)
    visitor = await visit(shop, ADA)
    await expect(visitor.cards.first).to_be_visible()
    visitor.asked.clear()
    async with held(visitor, SHELF):
        await visitor.page.reload(wait_until="commit")
        await visitor.arrived()
        await expect(visitor.page.locator("#content")).to_be_attached()
    await expect(visitor.cards.first).to_be_visible()
    assert sum("query Shelf(" in question for question in visitor.asked) == 1


async def test_the_page_queries_the_shelf_itself_if_the_shell_got_no_answer(shop: Shop, visit: Visit) -> None:
    await stock(shop, PETS)
    visitor = await visit(shop, ADA)
    await expect(visitor.cards.first).to_be_visible()
    visitor.asked.clear()
    visitor.tolerate("ERR_FAILED")
    broken: list[Route] = []

    async def break_first(route: Route) -> None:
        if broken or "query Shelf(" not in (route.request.post_data or ""):
            return await route.continue_()
        broken.append(route)
        await asyncio.sleep(2 * SHELL_WAITS_SECONDS)
        return await route.abort()

    await visitor.page.route(SHELF, break_first)
    await visitor.page.reload(wait_until="commit")
    await expect(visitor.cards.first).to_be_visible()
    assert sum("query Shelf(" in question for question in visitor.asked) == 2


async def test_a_filtered_shelf_opens_without_unfiltered_chips(shop: Shop, visit: Visit) -> None:
    await stock(shop, PETS)
    visitor = await visit(shop, ADA, "?species=cats&sort=name")
    await expect(visitor.cards.first).to_be_visible()
    field = visitor.page.locator("#root input[type=search]")
    async with held(visitor, SHELF):
        async with held(visitor, PAGE):
            await visitor.page.reload(wait_until="commit")
            await expect(visitor.page.locator("#root")).to_contain_text("Alpha Pets")
            await expect(field).to_be_attached()
            await expect(field).to_be_hidden()
            before = await field.evaluate("field => field.getBoundingClientRect().toJSON()")
        await visitor.arrived()
        await expect(field).to_be_visible()
        assert before == await field.evaluate("field => field.getBoundingClientRect().toJSON()")


async def test_other_pages_do_not_query_the_shelf(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor = await visit(shop, ADA, "/cart")
    await expect(visitor.page.get_by_text("Your cart is empty.")).to_be_visible()
    assert any("query Cart" in question for question in visitor.asked)
    assert not any("query Shelf(" in question for question in visitor.asked)


async def test_missing_pictures_delay_nothing(shop: Shop, visit: Visit) -> None:
    await stock(shop, PETS)
    visitor = await visit(shop, ADA)
    await expect(visitor.cards.first).to_be_visible()
    async with held(visitor, PICTURES):
        await visitor.reload()
        await expect(visitor.cards.first).to_be_visible()
        shell, page = await visitor.page.evaluate(
            """() => ["first-screen", "page"].map((name) => performance.getEntriesByType("resource")
                .find((entry) => entry.name.includes(`/assets/${name}-`) && entry.name.endsWith(".js")).startTime)"""
        )
    assert page - shell < MAX_MILLISECONDS


async def test_nothing_in_the_shell_can_be_pressed_or_focused(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    async with held(visitor, PAGE):
        await visitor.page.reload(wait_until="commit")
        await expect(visitor.page.locator("#root")).to_contain_text("Sign in")
        await visitor.page.keyboard.press("Tab")
        assert await visitor.focused() == ""
    await visitor.sign_in()


async def test_a_page_that_fails_to_load_shows_a_message_and_is_requested_again(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    visitor.tolerate("ERR_FAILED", "dynamically imported module")
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.abort()

    await visitor.page.route(PAGE, refuse)
    await visitor.page.reload(wait_until="commit")
    await expect(visitor.page.get_by_text("The store hasn't fully loaded yet.")).to_be_visible()
    await visitor.until(lambda: len(refused) > 1)
    await visitor.page.unroute(PAGE, refuse)
    await visitor.arrived()
    await expect(visitor.page.get_by_text("The store hasn't fully loaded yet.")).to_be_hidden()
    await visitor.sign_in()
    await expect(visitor.heading("Meet our pets")).to_be_visible()


async def test_a_revoked_session_leads_from_the_shell_to_signing_in(shop: Shop, other: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor, neighbour = await visit(shop, ADA), await visit(other, ADA)
    visitor.tolerate("status of 401")
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.revoke_session()
    await visitor.page.reload()
    await expect(visitor.page.get_by_text("You've been signed out.")).to_be_visible()
    await neighbour.page.reload()
    await expect(neighbour.heading("Meet our pets")).to_be_visible()


async def test_a_closed_or_unknown_store_has_no_shell(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await change(shop, open=False)
    for address, heading in (
        (visitor.store, "Alpha Pets is closed for now"),
        (f"{visitor.address}/stores/nowhere-at-all", "We can't find this store"),
    ):
        async with held(visitor, PAGE):
            async with visitor.page.expect_request(PAGE):
                await visitor.page.goto(address, wait_until="commit")
            await expect(visitor.page.locator("#root")).to_be_empty()
        await expect(visitor.heading(heading)).to_be_visible()
