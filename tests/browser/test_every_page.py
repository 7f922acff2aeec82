"""Every page in every state: axe finds nothing, and at the widths people have, light and dark, everything fits.

Screenshots of the main pages go to the directory in MENAGERIE_SCREENSHOTS, or else to a temporary one.
"""

import os
from pathlib import Path

from playwright.async_api import Page

from browser.conftest import stock_demo
from browser.pages import signed_in_pages, signed_out_pages, troubled_pages
from browser.visitor import GRACE, Visit
from menagerie.local.demo import DEMO_STORES
from shop import Shop

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
WIDTHS = (360, 768, 1440)
EXAMINED = {(360, "dark"), (1440, "light")}
GROUNDS = {"light": "rgb(251, 248, 244)", "dark": "rgb(25, 22, 20)"}
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

# What reaches over the page's edge, and text that is cut off without an ellipsis that says so.
SPILLS = """() => {
    const width = document.documentElement.clientWidth;
    const told = (element) => element.outerHTML.slice(0, 120);
    const spills = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
    for (const element of document.querySelectorAll("body *")) {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const isHidden = box.width < 2 || style.visibility === "hidden" || element.closest("[aria-hidden=true]");
        if (isHidden || element.closest("fieldset")) continue;  // the chips scroll by themselves
        if (box.right > width + 1 || box.left < -1) spills.push("over the edge: " + told(element));
        const isCut = element.scrollWidth > element.clientWidth + 1 && style.overflowX === "hidden";
        if (isCut && style.textOverflow !== "ellipsis") spills.push("cut: " + told(element));
    }
    return spills;
}"""
SETTLED = "Promise.allSettled(document.getAnimations().map((animation) => animation.finished))"
EXAMINE = """async (rules) => {
    const { passes, violations } = await axe.run(document, { runOnly: rules });
    const told = ({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`;
    return [passes.length, violations.map(({ id, nodes }) => `${id}: ${nodes.map(told).join(" | ")}`)];
}"""


async def look(page: Page, name: str, directory: Path) -> None:
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            if name not in MAIN_PAGES and (width, scheme) not in EXAMINED:
                continue
            here = f"{name} at {width} px, {scheme}"
            await page.emulate_media(color_scheme=scheme)
            await page.evaluate(SETTLED)
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == GROUNDS[scheme], here
            assert await page.evaluate(SPILLS) == [], here
            if name in MAIN_PAGES:
                await page.screenshot(path=directory / f"{name}-{width}-{scheme}.png")
            if (width, scheme) in EXAMINED:
                await examine(page, here)


async def examine(page: Page, here: str) -> None:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    passed, found = await page.evaluate(EXAMINE, RULES)
    assert found == [], here
    assert passed > 10, here


async def test_signed_out(pawsome: Shop, visit: Visit, tmp_path: Path) -> None:
    directory = Path(os.environ.get("MENAGERIE_SCREENSHOTS", tmp_path))
    # axe's own code is put into the page, which its policy would not have.
    visitor = await visit(pawsome, bypass_csp=True)
    async for name in signed_out_pages(visitor):
        await look(visitor.page, name, directory)


async def test_signed_in(shop: Shop, visit: Visit, tmp_path: Path) -> None:
    directory = Path(os.environ.get("MENAGERIE_SCREENSHOTS", tmp_path))
    pets = await stock_demo(shop, DEMO_STORES[0].pets[:26])
    visitor = await visit(shop, GRACE, bypass_csp=True)
    async for name in signed_in_pages(visitor, pets):
        await look(visitor.page, name, directory)
    async for name in troubled_pages(visitor):
        await look(visitor.page, name, directory)


async def test_motion_is_short_and_there_is_none_for_those_who_want_none(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, GRACE)
    for preference, longest in (("no-preference", 0.2), ("reduce", 0.0)):
        await visitor.page.emulate_media(reduced_motion=preference)
        seconds = await visitor.page.evaluate(
            "Math.max(...[...document.querySelectorAll('*')].flatMap((element) => "
            "getComputedStyle(element).transitionDuration.split(',').map(Number.parseFloat)))"
        )
        assert seconds <= longest
