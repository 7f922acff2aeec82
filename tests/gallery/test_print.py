"""Printing: the customer's pets, in ink on white, with pictures and without buttons."""

from playwright.async_api import expect

from gallery.comparison import opened
from gallery.gallery_server import DESKTOP, Entry, Gallery, showing

INK = "rgb(43, 36, 32)"


async def test_purchases_are_printed(gallery: Gallery, entries: list[Entry]) -> None:
    (purchases,) = [entry for entry in entries if entry.name == "purchases-older"]
    page = await gallery.open_page()
    async with showing(purchases, page) as shown:
        await expect(page.get_by_role("banner")).to_be_visible()
        await shown.look(DESKTOP, media="print", color_scheme="dark")
        await expect(page.get_by_role("banner")).to_be_hidden()
        await expect(page.get_by_role("button")).to_have_count(0)
        await expect(page.get_by_role("heading", name="My pets")).to_be_visible()
        await expect(page.get_by_role("link", name="Kermione")).to_be_visible()
        await expect(page.locator("main img").first).to_be_visible()
        # The print styles must apply before the photograph.
        await expect(page.get_by_role("link", name="Kermione")).to_have_css("color", INK)
        await expect(page.locator("body")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        paper = opened(await shown.photograph()).getpixel((2, 2))
        assert paper == (255, 255, 255), "the print isn't on white"
    await page.context.close()
