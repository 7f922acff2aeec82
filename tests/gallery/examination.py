"""Looks at every entry once, in every size and preference, several at the same time, and remembers what it found."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError

from gallery.showing import Entry, Gallery

# As many as keep two cores busy.
LOOKERS = 3
PHONE, TABLET, DESKTOP = 360, 768, 1440
# 200 % zoom of a window of 1280 × 800 leaves a page half of that in CSS pixels.
ZOOMED = (640, 400)
MOTIONS = """() => document.getAnimations().filter(
    ({ effect }) => effect.getComputedTiming().duration > 0).map(({ animationName }) => animationName ?? "transition")"""


@dataclass
class Findings:
    accessibility: list[str] = field(default_factory=list)
    spills: list[str] = field(default_factory=list)
    motions: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    """Photographs as PNG, by what they are stored under."""


async def examine_all(gallery: Gallery, entries: Iterable[Entry], *, only_photographs: bool = False) -> Findings:
    findings = Findings()
    waiting = iter(entries)

    async def examine_some() -> None:
        context = await gallery.context()
        for entry in waiting:
            try:
                async with gallery.show(entry, context) as shown:
                    await _photograph(shown, findings)
                    if not only_photographs:
                        await _examine(shown, findings)
                    findings.console += [f"{entry.name}: {message}" for message in shown.messages]
            except PlaywrightError as error:
                findings.unreached.append(f"{entry.name}: {error.message}")
        await context.close()

    await asyncio.gather(*(examine_some() for _ in range(LOOKERS)))
    return findings
