"""Open pages show the merchant's settings of the store: its welcome, its accent, and whether it is open."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from browser.page_checks import accessibility_findings
from browser.visitor import ADA, Visit, Visitor
from menagerie.stores import accent
from menagerie.stores.models import StoreChanges
from shop import Shop
from workers import stock


async def change(shop: Shop, **changes: object) -> None:
    await shop.runtime.stores.change(shop.store, StoreChanges(**changes), actor="test")  # type: ignore[arg-type]  # any field


async def colour_of(visitor: Visitor, button: str) -> str:
    return await visitor.button(button).evaluate("button => getComputedStyle(button).backgroundColor")


async def test_an_open_page_updates_within_two_seconds(shop: Shop, other: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor, neighbour = await visit(shop, ADA), await visit(other, ADA)
    await expect(visitor.page.get_by_text("A store of the tests.")).to_be_visible()
    await change(shop, welcome="The pond is warm.\nCome in!", accent="#1f6b4a", name="Pond & Paw")
    await expect(visitor.page.get_by_text("The pond is warm.")).to_be_visible()
    await expect(visitor.link("Pond & Paw")).to_be_visible()
    assert await visitor.page.evaluate("document.documentElement.style.getPropertyValue('--store-accent')") == "#1f6b4a"
    await expect(neighbour.page.get_by_text("A store of the tests.")).to_be_visible()
    assert await neighbour.page.evaluate("'accent' in document.documentElement.dataset") is False
    await change(shop, welcome="", accent="")
    await expect(visitor.page.get_by_text("A store of the tests.")).to_be_visible()
    assert await visitor.page.evaluate("'accent' in document.documentElement.dataset") is False


async def test_a_page_has_the_accent_before_any_request(shop: Shop, visit: Visit) -> None:
    await change(shop, accent="#1f6b4a", description="By the water.")
    visitor = await visit(shop)
    assert await colour_of(visitor, "Sign in") == "rgb(31, 107, 74)"
    await expect(visitor.page.get_by_text("By the water.")).to_be_visible()
    assert visitor.asked == []
    assert await visitor.page.title() == "Sign in · Alpha Pets"


async def test_closing_and_opening_shows_on_open_pages_without_a_reload(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna"])
    visitor, signed_out = await visit(shop, ADA), await visit(shop)
    visitor.tolerate("status of 403")
    signed_out.tolerate("status of 403")
    await expect(visitor.card("Luna")).to_be_visible()
    await change(shop, open=False)
    await expect(visitor.heading("Alpha Pets is closed for now")).to_be_visible()
    await signed_out.reload()
    await expect(signed_out.heading("Alpha Pets is closed for now")).to_be_visible()
    await visitor.page.clock.install()
    await visitor.reload()
    await expect(visitor.heading("Alpha Pets is closed for now")).to_be_visible()
    await change(shop, open=True)
    await visitor.page.clock.run_for(31_000)
    await expect(visitor.card("Luna")).to_be_visible()


async def test_without_sign_up_the_page_offers_no_account(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop)
    await expect(visitor.button("Create account")).to_be_visible()
    await change(shop, sign_up_open=False)
    await visitor.button("Create account").click()
    await visitor.page.get_by_label("Name").fill("Eve")
    await visitor.page.get_by_label("Email").fill("eve@example.com")
    await visitor.page.get_by_label("Password").fill("a long password")
    await visitor.button("Create account").click()
    await expect(visitor.alert).to_contain_text("Alpha Pets is not accepting new accounts right now.")
    await visitor.reload()
    await expect(visitor.button("Sign in")).to_be_visible()
    await expect(visitor.button("Create account")).to_have_count(0)


def lightest(hue: int, chroma: float = 0.15) -> str:
    """The lightest accent of this hue that is accepted."""
    output = accent.problem_with(f"oklch(0.9 {chroma} {hue})")
    assert output
    found = re.search(r"#[0-9a-f]{6}(?= would do)", output)
    assert found
    return found.group()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_accepted_accent_is_readable(shop: Shop, visit: Visit, scheme: str) -> None:
    await stock(shop, ["Luna", "Kermit"])
    visitor = await visit(shop, ADA, bypass_csp=True, color_scheme=scheme)
    await expect(visitor.card("Luna")).to_be_visible()
    await visitor.button("Add Luna to cart").click()
    await expect(visitor.link("Cart 1 pet")).to_be_visible()
    coloured = [(lightest(hue), "") for hue in range(0, 360, 45)]
    for wanted, kind in (*coloured, ("#000000", "grey"), (lightest(0, chroma=0), "grey")):
        await visitor.page.evaluate(
            "([accent, kind]) => { const { dataset, style } = document.documentElement;"
            " dataset.accent = kind; style.setProperty('--store-accent', accent); }",
            [wanted, kind],
        )
        assert await accessibility_findings(visitor.page) == [], wanted


def test_accents_are_checked_against_the_pages_background(pytestconfig: pytest.Config) -> None:
    tokens = Path(pytestconfig.rootpath, "web/src/styles/tokens.css").read_text()
    assert f"--ground: light-dark({accent.GROUND}," in tokens
