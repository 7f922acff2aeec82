"""Forced colours remove backgrounds and shadows, but things stay distinguishable."""

from typing import Literal

from playwright.async_api import Locator

from gallery.gallery_server import DESKTOP, Entry, Gallery, showing


async def test_the_pressed_chip_stands_out(gallery: Gallery, entries: list[Entry]) -> None:
    (shelf,) = [entry for entry in entries if entry.name == "shelf-filtered"]
    page = await gallery.open_page()
    async with showing(shelf, page) as shown:
        await shown.look(DESKTOP, forced_colors="active")
        chips = page.get_by_role("group", name="Species").get_by_role("button")
        grounds = [await _style(chip, "backgroundColor") for chip in await chips.all()]
        assert len(set(grounds[:-1])) == 1
        assert grounds[-1] != grounds[0], "the pressed chip looks like the others"
    await page.context.close()


async def test_surfaces_have_an_outline(gallery: Gallery, entries: list[Entry]) -> None:
    named = {entry.name: entry for entry in entries}
    page = await gallery.open_page()
    surfaces: list[tuple[str, Literal["dialog", "alert", "article"]]] = [
        ("dialog", "dialog"),
        ("sign-in-refused", "alert"),
        ("shelf", "article"),
    ]
    for name, role in surfaces:
        async with showing(named[name], page) as shown:
            await shown.look(DESKTOP, forced_colors="active")
            thing = page.get_by_role(role).first
            assert await _style(thing, "outlineStyle") == "solid", name
            assert await _style(thing, "outlineColor") == await _style(thing, "color"), name
    await page.context.close()


async def _style(place: Locator, name: str) -> str:
    return str(await place.evaluate("(element, name) => getComputedStyle(element)[name]", name))
