"""A person at a browser, who opens a store's pages and records everything that no page may do."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from shop import PASSWORD, Shop

ADA, GRACE = "ada@example.com", "grace@example.com"
DESKTOP = (1280, 800)
PHONE = (360, 740)

# Two busy workers on a busy machine can stall every connection at once.
expect.set_options(timeout=8_000)


@dataclass
class Visitor:
    page: Page
    address: str
    shop: Shop
    messages: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The GraphQL requests, in order."""

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def store(self) -> str:
        return f"{self.address}/stores/{self.shop.slug}"

    def tolerate(self, *parts: str) -> None:
        """Expect these messages, because Chromium reports refused and failed requests on the console."""
        self.tolerated += parts

    async def open(self, path: str = "") -> None:
        await self.page.goto(self.store + path)
        await self.arrived()

    async def reload(self) -> None:
        await self.page.reload()
        await self.arrived()

    async def arrived(self) -> None:
        """Wait for the page itself to replace the prerendered shell, which isn't interactive."""
        await expect(self.page.locator("#root > :not([inert])").first).to_be_attached()
        await expect(self.page.locator("#root > [inert]")).to_have_count(0)

    async def begin_session(self, email: str) -> None:
        """Sign in without the form, as if it had happened before in this tab."""
        query = "mutation { signIn { token } }"
        made = (await self.shop.storefront(query, email))["signIn"]
        session = json.dumps({"email": email, "token": made["token"]})
        entry = json.dumps([f"menagerie.session.{self.shop.slug}", session])
        # Only once, which `name` remembers because it outlives every page of the tab.
        await self.page.add_init_script(
            f"if (!window.name) {{ window.name = 'begun'; sessionStorage.setItem(...{entry}); }}"
        )

    async def sign_in(self, email: str = ADA, password: str = PASSWORD) -> None:
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_label("Password").fill(password)
        await self.button("Sign in").click()

    async def revoke_session(self) -> None:
        """End the session without the page, as a sign-out everywhere would."""
        stored = await self.page.evaluate("key => sessionStorage.getItem(key)", f"menagerie.session.{self.shop.slug}")
        session = json.loads(stored)
        user = f"{self.shop.slug}/{session['email']}"
        answer = await self.shop.post("storefront", "mutation { signOut }", user, password=session["token"])
        assert answer.json() == {"data": {"signOut": True}}

    # What is on a page, by accessible name.

    def button(self, name: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def link(self, name: str | re.Pattern[str], within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("link", name=name, exact=True)

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name, exact=True)

    def card(self, name: str) -> Locator:
        return self.page.get_by_role("article", name=name, exact=True)

    @property
    def cards(self) -> Locator:
        return self.page.get_by_role("article")

    @property
    def search(self) -> Locator:
        return self.page.get_by_role("searchbox", name="Search pets")

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    def message(self, text: str | re.Pattern[str]) -> Locator:
        """The text of a toast."""
        return self.page.get_by_role("region", name=re.compile("Messages")).get_by_text(text)

    async def names(self) -> list[str]:
        return await self.cards.get_by_role("heading").all_inner_texts()

    async def focused(self) -> str:
        """The accessible name of the focused element; empty when the focus is lost."""
        return str(
            await self.page.evaluate(
                """() => {
                    const element = document.activeElement;
                    if (!element || element === document.body) return "";
                    const text = element.getAttribute("aria-label") || element.innerText || element.tagName;
                    return text.replace(/\\s+/g, " ").trim();
                }"""
            )
        )

    async def layout_shift(self) -> float:
        """The layout shift since the page was loaded, except right after a key or click."""
        return float(
            await self.page.evaluate(
                """() => new Promise((done) => {
                    let sum = 0;
                    new PerformanceObserver((list) => {
                        for (const entry of list.getEntries()) {
                            if (!entry.hadRecentInput) sum += entry.value;
                        }
                    }).observe({ type: "layout-shift", buffered: true });
                    setTimeout(() => done(sum), 100);
                })"""
            )
        )

    async def until(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Wait for something that the page doesn't show."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  there is no event for this
                await asyncio.sleep(0.05)

    # What no page may do.

    def watch(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        self.messages.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.foreign.append(request.url)
        if "/graphql/" in request.url:
            self.asked.append(request.post_data or "")

    def check(self) -> None:
        unexpected = [text for text in self.messages if not any(part in text for part in self.tolerated)]
        assert not unexpected, f"unexpected console messages: {unexpected}"
        assert not self.foreign, f"other hosts were asked: {self.foreign}"


class Visit(Protocol):
    def __call__(
        self, shop: Shop, email: str | None = None, path: str = "", size: tuple[int, int] = DESKTOP, **context: Any
    ) -> Awaitable[Visitor]: ...


def visiting(chromium: Browser, address: str, stack: AsyncExitStack) -> Visit:
    async def visit(
        shop: Shop, email: str | None = None, path: str = "", size: tuple[int, int] = DESKTOP, **context: Any
    ) -> Visitor:
        opened = await chromium.new_context(
            ignore_https_errors=True, viewport={"width": size[0], "height": size[1]}, locale="en-GB", **context
        )
        stack.push_async_callback(opened.close)
        opened.set_default_timeout(8_000)
        visitor = Visitor(await opened.new_page(), address, shop)
        visitor.watch()
        stack.callback(visitor.check)
        if email:
            await visitor.begin_session(email)
        await visitor.open(path)
        return visitor

    return visit
