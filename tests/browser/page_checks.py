"""Checks for every page: axe finds nothing, and nothing overflows or is cut off."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# The rules that depend on colours, for a second check of the same page.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# Elements beyond the page's edge, and text that is cut off without an ellipsis.
SPILLS = """() => {
    const width = document.documentElement.clientWidth;
    const describe = (element) => element.outerHTML.slice(0, 120);
    const spills = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
    for (const element of document.querySelectorAll("body *")) {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const isHidden = box.width < 2 || style.visibility === "hidden" || element.closest("[aria-hidden=true]");
        if (isHidden || element.closest("fieldset")) continue;  // the chips scroll by themselves
        if (box.right > width + 1 || box.left < -1) spills.push("over the edge: " + describe(element));
        const isCut = element.scrollWidth > element.clientWidth + 1 && style.overflowX === "hidden";
        if (isCut && style.textOverflow !== "ellipsis") spills.push("cut: " + describe(element));
    }
    return spills;
}"""
SETTLED = "Promise.allSettled(document.getAnimations().map((animation) => animation.finished))"
EXAMINE = """async (rules) => {
    const { passes, violations } = await axe.run(document, {
        runOnly: rules, resultTypes: ["violations"], selectors: false, preload: false,
    });
    const describe = ({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`;
    return [passes.length, violations.map(({ id, nodes }) => `${id}: ${nodes.map(describe).join(" | ")}`)];
}"""


async def accessibility_findings(page: Page, rules: list[str] = RULES) -> list[str]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    passed, found = await page.evaluate(EXAMINE, rules)
    assert passed > 10 or rules != RULES, "axe hardly checked anything"
    return found
