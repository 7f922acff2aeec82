"""Every page in every state: axe finds nothing, and everything fits at common widths, light and dark.

Screenshots of the main pages go to the directory in MENAGERIE_SCREENSHOTS, or to a temporary one.
"""

import os
from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from browser.conftest import stock_demo
from browser.page_checks import SETTLED, SPILLS, accessibility_findings
from browser.pages import error_pages, signed_in_pages, signed_out_pages
from browser.visitor import GRACE, Visit
from menagerie.demo.stores import DEMO_STORES
from shop import Shop

WIDTHS = (360, 768, 1440)
EXAMINED = {(360, "dark"), (1440, "light")}
BACKGROUNDS = {"light": "rgb(251, 248, 244)", "dark": "rgb(25, 22, 20)"}
MAIN_PAGES = {
    "sign-in",
    "shelf",
    "pet-over-shelf",
    "pet",
    "cart-unavailable",
    "confirmation",
    "my-pets",
    "account",
    "unknown-store",
}


async def look(page: Page, name: str, directory: Path) -> None:
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            if name not in MAIN_PAGES and (width, scheme) not in EXAMINED:
                continue
            here = f"{name} at {width} px, {scheme}"
            await page.emulate_media(color_scheme=scheme)
            await page.evaluate(SETTLED)
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUNDS[scheme], here
            assert await page.evaluate(SPILLS) == [], here
            if name in MAIN_PAGES:
                await page.screenshot(path=directory / f"{name}-{width}-{scheme}.png")
            if (width, scheme) in EXAMINED:
                assert await accessibility_findings(page) == [], here


async def test_signed_out_pages_are_accessible_and_fit(pawsome: Shop, visit: Visit, tmp_path: Path) -> None:
    directory = Path(os.environ.get("MENAGERIE_SCREENSHOTS", tmp_path))
    # The page's content security policy would block axe's code.
    visitor = await visit(pawsome, bypass_csp=True)
    async for name in signed_out_pages(visitor):
        await look(visitor.page, name, directory)


async def test_signed_in_pages_are_accessible_and_fit(shop: Shop, visit: Visit, tmp_path: Path) -> None:
    directory = Path(os.environ.get("MENAGERIE_SCREENSHOTS", tmp_path))
    pets = await stock_demo(shop, DEMO_STORES[0].pets[:26])
    visitor = await visit(shop, GRACE, bypass_csp=True)
    async for name in signed_in_pages(visitor, pets):
        await look(visitor.page, name, directory)
    async for name in error_pages(visitor):
        await look(visitor.page, name, directory)


async def test_motion_is_short_and_absent_when_reduced(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, GRACE)
    preferences: list[tuple[Literal["no-preference", "reduce"], float]] = [("no-preference", 0.2), ("reduce", 0.0)]
    for preference, longest in preferences:
        await visitor.page.emulate_media(reduced_motion=preference)
        seconds = await visitor.page.evaluate(
            "Math.max(...[...document.querySelectorAll('*')].flatMap((element) => "
            "getComputedStyle(element).transitionDuration.split(',').map(Number.parseFloat)))"
        )
        assert seconds <= longest
