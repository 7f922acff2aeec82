"""Examines every entry once, at every size and preference, several at a time, and records the findings."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError

from browser.page_checks import COLOUR_RULES, RULES, SPILLS, accessibility_findings
from gallery.comparison import COMPARED
from gallery.gallery_server import DESKTOP, PHONE, TABLET, Entry, Gallery, Shown, showing

# Each page keeps a core busy.
PAGES = 2
# 200 % zoom of a 1280 by 800 window leaves a page half of that in CSS pixels.
ZOOMED = (640, 400)
# Animations that run despite reduced motion.
MOVING = """() => document.getAnimations().filter((animation) => animation.playState === "running")
    .map(({ effect }) => "moves: " + effect.target.outerHTML.slice(0, 120))"""


@dataclass
class Findings:
    accessibility: list[str] = field(default_factory=list)
    spills: list[str] = field(default_factory=list)
    motions: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    """Photographs as PNG, by the name of the picture."""


def picture_names(entry: Entry) -> list[str]:
    """The two pictures of an entry: light on a phone, dark on a desktop."""
    return [f"{entry.name}-phone", f"{entry.name}-desk"] if entry.name in COMPARED else []


async def examine_all(gallery: Gallery, entries: Iterable[Entry], *, only_photograph: bool = False) -> Findings:
    findings = Findings()
    waiting = iter(entries)

    async def examine_some() -> None:
        page = await gallery.open_page()
        for entry in waiting:
            try:
                async with showing(entry, page) as shown:
                    await _examine(shown, findings, only_photograph=only_photograph)
                    findings.console += [f"{entry.name}: {message}" for message in shown.messages]
            except PlaywrightError as error:
                findings.unreached.append(f"{entry.name}: {error.message}")
        await page.context.close()

    await asyncio.gather(*(examine_some() for _ in range(PAGES)))
    return findings


async def _examine(shown: Shown, findings: Findings, *, only_photograph: bool) -> None:
    name, page = shown.entry.name, shown.page
    phone, desk = f"{name}-phone", f"{name}-desk"
    await shown.look(PHONE)
    if name in COMPARED:
        findings.pictures[phone] = await shown.photograph()
    if not only_photograph:
        findings.motions += [f"{name}: {output}" for output in await page.evaluate(MOVING)]
        await _check(shown, findings, "360 px, light", RULES)
        await shown.look(PHONE, color_scheme="dark")
        await _check(shown, findings, "360 px, dark", COLOUR_RULES)
        await shown.look(DESKTOP)
        await _check(shown, findings, "1440 px, light", COLOUR_RULES)
    await shown.look(DESKTOP, color_scheme="dark")
    if name in COMPARED:
        findings.pictures[desk] = await shown.photograph()
    if not only_photograph:
        await _check(shown, findings, "1440 px, dark", RULES)
        for name, size in (("768 px", TABLET), ("200 % zoom", ZOOMED)):
            await shown.look(size)
            await _check(shown, findings, name, [])
        await shown.look(PHONE, forced_colors="active")
        await _check(shown, findings, "360 px, forced colours", [])


async def _check(shown: Shown, findings: Findings, where: str, rules: list[str]) -> None:
    here = f"{shown.entry.name} at {where}: "
    findings.spills += [here + output for output in await shown.page.evaluate(SPILLS)]
    if rules:
        findings.accessibility += [here + output for output in await accessibility_findings(shown.page, rules)]
