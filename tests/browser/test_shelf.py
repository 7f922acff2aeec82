"""The shelf: filters in the address, search while typing, and pages that load while scrolling."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, expect

from browser.visitor import ADA, PHONE, Visit, Visitor
from menagerie.pets.models import Species
from shop import Shop
from workers import stock


def filters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


async def expect_names(visitor: Visitor, names: list[str]) -> None:
    await expect(visitor.cards.get_by_role("heading")).to_have_text(names)


async def test_species_search_and_sort_are_in_the_address(shop: Shop, visit: Visit) -> None:
    await stock(shop, ["Luna", "Minka", "Tom"], Species.CAT, [3, 1, 0])
    await stock(shop, ["Rex", "Lumi"], Species.DOG, [7, 2])
    visitor = await visit(shop, ADA)
    page = visitor.page
    species = page.get_by_role("group", name="Species")
    await expect(species.get_by_role("button")).to_have_text(["All 5", "Cats 3", "Dogs 2", "Frogs 0"])
    await expect(page.get_by_role("status").filter(has_text="5 pets")).to_be_visible()
    await expect_names(visitor, ["Lumi", "Rex", "Tom", "Minka", "Luna"])
    await expect(visitor.card("Tom")).to_contain_text("Cat · under a year")
    await expect(visitor.card("Luna")).to_contain_text("Cat · 3 years")
    await expect(visitor.card("Luna")).to_contain_text("A pet of the tests.")

    await visitor.button("Cats 3").click()
    await expect(visitor.button("Cats 3")).to_have_attribute("aria-pressed", "true")
    await expect_names(visitor, ["Tom", "Minka", "Luna"])
    await page.get_by_role("combobox", name="Sort").select_option("Oldest first")
    await expect_names(visitor, ["Luna", "Minka", "Tom"])

    await visitor.search.press_sequentially("lu")  # while typing: no Enter
    await expect_names(visitor, ["Luna"])
    await expect(species.get_by_role("button")).to_have_text(["All 2", "Cats 1", "Dogs 1", "Frogs 0"])
    assert filters(page) == {"species": "cats", "sort": "eldest", "search": "lu"}

    await visitor.reload()
    await expect_names(visitor, ["Luna"])
    await expect(visitor.search).to_have_value("lu")
    await expect(page.get_by_role("combobox", name="Sort")).to_have_value("ELDEST")
    await expect(visitor.button("Cats 1")).to_have_attribute("aria-pressed", "true")

    await page.go_back()
    await page.go_back()
    await expect_names(visitor, ["Lumi", "Rex", "Tom", "Minka", "Luna"])
    await expect(visitor.search).to_have_value("")
    assert filters(page) == {}


async def test_an_empty_list_shows_a_message_and_a_way_on(shop: Shop, visit: Visit) -> None:
    visitor = await visit(shop, ADA)
    await expect(visitor.page.get_by_text("The shelf is empty today. Please check back soon.")).to_be_visible()
    await stock(shop, ["Luna", "Minka"])
    await visitor.open("?species=frogs")
    await expect(visitor.page.get_by_text("No frogs today.")).to_be_visible()
    await visitor.button("See all 2 pets").click()
    await expect_names(visitor, ["Minka", "Luna"])
    await visitor.search.fill("zebra")
    await expect(visitor.page.get_by_text("No pets match “zebra”.")).to_be_visible()
    await visitor.page.get_by_role("main").get_by_text("Clear search").click()
    await expect_names(visitor, ["Minka", "Luna"])


async def test_further_pages_load_while_scrolling(shop: Shop, visit: Visit) -> None:
    await stock(shop, [f"Pet {number:02}" for number in range(60)])
    visitor = await visit(shop, ADA, path="?sort=name")
    await expect(visitor.cards).to_have_count(24)
    await expect(visitor.page.get_by_text("Showing 24 of 60")).to_be_visible()
    async with asyncio.timeout(20):
        while await visitor.cards.count() < 60:
            await visitor.page.mouse.wheel(0, 600)
            await asyncio.sleep(0.15)
            # Scrolling may be faster than the server, so wait for the page to load.
            await expect(visitor.button("Loading more pets")).to_have_count(0)
    assert await visitor.names() == [f"Pet {number:02}" for number in range(60)]
    await expect(visitor.button("Show more pets")).to_have_count(0)
    assert await visitor.layout_shift() < 0.01


async def test_a_long_shelf_draws_only_what_is_near_the_screen(shop: Shop, visit: Visit) -> None:
    names = [f"Pet {number:03}" for number in range(96)]
    await stock(shop, names)
    visitor = await visit(shop, ADA, path="?sort=name", size=PHONE)
    page = visitor.page
    async with asyncio.timeout(30):
        while not await visitor.card(names[-1]).count():
            await page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
            await asyncio.sleep(0.05)
    # The last page made the shelf longer.
    await page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    await expect(visitor.card(names[-1])).to_be_in_viewport()
    await expect(visitor.card(names[0])).to_have_count(0)
    assert await visitor.cards.count() <= 48
    length = await page.evaluate("document.body.scrollHeight")

    # After scrolling up, the shelf has the same length and every pet.
    seen: set[str] = set()
    async with asyncio.timeout(30):
        while len(seen) < len(names):
            seen.update(await visitor.names())
            await page.mouse.wheel(0, -1500)
            await asyncio.sleep(0.05)
    assert await page.evaluate("document.body.scrollHeight") == length
    await expect(visitor.card(names[-1])).to_have_count(0)
    await visitor.link(names[0]).focus()
    await page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    await expect(visitor.card(names[-1])).to_be_visible()
    await expect(visitor.link(names[0])).to_be_focused()


async def test_the_button_loads_the_next_page_and_moves_the_focus_there(shop: Shop, visit: Visit) -> None:
    await stock(shop, [f"Pet {number:02}" for number in range(30)])
    visitor = await visit(shop, ADA, path="?sort=name")
    more = visitor.button("Show more pets")
    await expect(more).to_be_visible()
    await more.evaluate("button => button.focus({ preventScroll: true })")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.cards).to_have_count(30)
    await expect(visitor.link("Pet 24")).to_be_focused()


async def test_markup_in_a_pet_is_escaped(shop: Shop, visit: Visit) -> None:
    name, description = "<img src=x onerror=alert(1)>", "<script>alert(2)</script> & <b>bold</b>"
    pet = await shop.list_pet(name, description=description)
    visitor = await visit(shop, ADA)
    card = visitor.card(name)
    await expect(card).to_contain_text(description)
    await visitor.open(f"/pets/{pet['id']}")
    await expect(visitor.heading(name)).to_be_visible()
    await expect(visitor.page.get_by_text(description)).to_be_visible()
    await expect(visitor.page).to_have_title(re.compile(re.escape(name)))
    await visitor.button(f"Buy {name} now").click()
    await expect(visitor.dialog(f"{name} is yours")).to_be_visible()
