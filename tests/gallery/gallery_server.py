"""The gallery, built and served locally, and one Chromium that opens its entries."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

from browser.conftest import CHROMIUM
from browser.page_checks import AXE

WEB = Path(__file__).parents[2] / "web"
VITE = WEB / "node_modules" / ".bin" / "vite"
# Letters should look as similar as possible on every machine.
DRAWING = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"]
# For a browser with an empty cache on a busy machine.
READY_SECONDS = 60

PHONE, TABLET, DESKTOP = (360, 800), (768, 800), (1440, 800)

LAID_OUT = "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => done())))"
# Every visible picture is decoded and painted.
DRAWN = """async () => {
    const seen = [...document.images].filter((image) => {
        const box = image.getBoundingClientRect();
        return box.bottom > 0 && box.top < innerHeight;
    });
    await Promise.allSettled(seen.map((image) => image.decode()));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@dataclass(frozen=True)
class Entry:
    name: str
    address: str
    is_page: bool


@dataclass
class Shown:
    """An open entry, and the messages on the console."""

    entry: Entry
    page: Page
    messages: list[str]

    async def look(self, size: tuple[int, int], **media: Any) -> None:
        """Wait until it is laid out at this size and with these preferences."""
        await _arrange(self.page, size, **media)
        await self.page.evaluate(LAID_OUT)

    async def photograph(self) -> bytes:
        """A page's visible part, or a whole component, without motion."""
        await self.page.evaluate(DRAWN)
        place = self.page if self.entry.is_page else self.page.locator("[data-specimen]")
        return await place.screenshot(animations="disabled", caret="hide")


async def _arrange(page: Page, size: tuple[int, int], **media: Any) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(**{"color_scheme": "light", "forced_colors": "none", "media": "screen", **media})


class _Handler(SimpleHTTPRequestHandler):
    """Serves index.html for every address of the storefront."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        return super().send_head()

    def end_headers(self) -> None:
        # Every entry uses the same assets.
        self.send_header("Cache-Control", "max-age=3600" if "/assets/" in self.path else "no-cache")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep no log."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors, because a browser hangs up when its page is closed."""


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Build the gallery into the directory and serve it."""
    command = [VITE, "build", "--config", "gallery/vite.config.ts", "--outDir", directory, "--logLevel", "warn"]
    subprocess.run(command, cwd=WEB, check=True)
    with _Server(("127.0.0.1", 0), partial(_Handler, directory=directory)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Gallery:
    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self.address = address

    @classmethod
    @asynccontextmanager
    async def open(cls, directory: Path) -> AsyncIterator["Gallery"]:
        with served(directory) as address:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *DRAWING])
                yield cls(browser, address)
                await browser.close()

    async def open_page(self) -> Page:
        """A page in a new browser context, for one entry after another; several can be open at once."""
        context = await self._browser.new_context(
            base_url=self.address,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            # So nothing moves, and colours change at once.
            reduced_motion="reduce",
        )
        context.set_default_timeout(READY_SECONDS * 1000)
        await context.add_init_script(path=AXE)
        return await context.new_page()

    async def entries(self) -> list[Entry]:
        """The entries in the index."""
        page = await self.open_page()
        await page.goto("/")
        listed = await page.locator("a[data-entry]").evaluate_all(
            "(links) => links.map((link) => [link.dataset, link.getAttribute('href')])"
        )
        await page.context.close()
        return [Entry(data["entry"], address, data["kind"] == "page") for data, address in listed]


@asynccontextmanager
async def showing(entry: Entry, page: Page) -> AsyncIterator[Shown]:
    """Open an entry, once its state is reached."""
    shown = Shown(entry, page, [])

    def hear(message: ConsoleMessage) -> None:
        shown.messages.append(f"{message.type}: {message.text}")

    def learn(error: Error) -> None:
        shown.messages.append(f"uncaught: {error}")

    page.on("console", hear)
    page.on("pageerror", learn)
    try:
        await _arrange(page, PHONE)
        await page.goto(entry.address, wait_until="commit")
        await page.wait_for_selector(f"html[data-ready={entry.name}]", state="attached")
        yield shown
    finally:
        page.remove_listener("console", hear)
        page.remove_listener("pageerror", learn)
