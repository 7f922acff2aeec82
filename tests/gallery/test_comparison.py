"""Which differences the comparison tolerates, and which not."""

from collections.abc import AsyncIterator

import pytest
from PIL import Image
from playwright.async_api import Page

from gallery.comparison import Difference, accepted_picture, difference, opened
from gallery.gallery_server import PHONE, Entry, Gallery, Shown, showing

ROOT = "document.documentElement.style"
# How another browser version may draw the same edges and letters.
DRAWN_ANOTHER_WAY = {
    "a hair to the side": "document.getElementById('root').style.transform = 'translateX(0.1px)'",
    "a hair turned": "document.getElementById('root').style.transform = 'rotate(0.004deg)'",
}
CHANGED = {
    "a word": "document.querySelector('section p span:last-child').textContent = 'Paid'",
    "a button's place": "document.querySelector('section button').style.translate = '0 4px'",
    "a button's colour": f"{ROOT}.setProperty('--accent', '#c05a3a')",
    "the colour of small words": f"{ROOT}.setProperty('--ink-soft', '#8a7f78')",
    "the grounds' colour": f"{ROOT}.setProperty('--ground', '#e6e2de')",
}


@pytest.fixture(scope="module")
async def page(gallery: Gallery) -> AsyncIterator[Page]:
    opened = await gallery.open_page()
    yield opened
    await opened.context.close()


@pytest.mark.parametrize("script", DRAWN_ANOTHER_WAY.values(), ids=DRAWN_ANOTHER_WAY)
async def test_rendering_differences_pass(page: Page, entries: list[Entry], script: str) -> None:
    before, after, found = await _changed(page, entries, script)
    assert before.tobytes() != after.tobytes()
    assert found.is_small, found.pixels


@pytest.mark.parametrize("script", CHANGED.values(), ids=CHANGED)
async def test_visible_changes_are_found(page: Page, entries: list[Entry], script: str) -> None:
    _, _, found = await _changed(page, entries, script)
    assert not found.is_small, found.pixels


def test_another_size_is_found() -> None:
    assert not difference(Image.new("RGB", (10, 10)), Image.new("RGB", (10, 11))).is_small


async def _changed(page: Page, entries: list[Entry], script: str) -> tuple[Image.Image, Image.Image, Difference]:
    """The cart before and after a change, and its difference then from the accepted picture."""
    (cart,) = [entry for entry in entries if entry.name == "cart"]
    async with showing(cart, page) as shown:
        before = await _photograph(shown)
        await page.evaluate(script)
        after = await _photograph(shown)
    with Image.open(accepted_picture("cart-phone")) as accepted:
        return before, after, difference(accepted.convert("RGB"), after)


async def _photograph(shown: Shown) -> Image.Image:
    await shown.look(PHONE)
    return opened(await shown.photograph())
