"""A store's page comes with that store's public data, and with nothing of another store."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from menagerie.api.store_page import StorePage
from menagerie.stores.models import StoreChanges
from shop import Shop

FIELDS = "name description welcome accent open signUpOpen demoLogin { email password }"


class Head(HTMLParser):
    """A page's head as a browser parses it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.texts[self.elements[-1][0]] = self.texts.get(self.elements[-1][0], "") + data

    @property
    def store(self):
        """The data that the page's own code reads."""
        return json.loads(self.texts["script"])

    @property
    def description(self) -> str | None:
        return next(attributes["content"] for _, attributes in self.elements if attributes.get("name") == "description")


async def page(shop: Shop, path: str | None = None) -> Head:
    response = await shop.client.get(path or f"/stores/{shop.slug}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    return Head(response.text)


async def asked(shop: Shop):
    query = f"query($slug: String!) {{ store(slug: $slug) {{ {FIELDS} }} }}"
    return (await shop.post("signup", query, None, slug=shop.slug)).json()["data"]["store"]


async def test_it_holds_the_answer_to_the_pages_own_query(shop: Shop, other: Shop) -> None:
    changes = StoreChanges(welcome="Come in.\nMind the frogs.", accent="#1f6b4a", sign_up_open=False, open=False)
    await shop.runtime.stores.change(shop.store, changes, actor="test")
    for path in ("", "/", "/cart", "/pets/1?species=cats"):
        shown = await page(shop, f"/stores/{shop.slug}{path}")
        assert shown.store == await asked(shop)
        assert shown.store["welcome"] == changes.welcome
        assert shown.texts["title"].strip() == shop.store.name
    assert (await page(other)).store == await asked(other)
    assert (await page(other)).store["welcome"] == ""


def test_the_page_queries_the_same_fields(pytestconfig: pytest.Config) -> None:
    source = (pytestconfig.rootpath / "web/src/features/account/storefront.ts").read_text()
    question = re.search(r"store\(slug: \$slug\) (\{.*?\n    \})", source, re.DOTALL)
    assert question
    assert " ".join(question.group(1).split()) == f"{{ {FIELDS} }}"


async def test_text_from_merchants_is_escaped(shop: Shop) -> None:
    hostile = '</script><script>alert(1)</script><!-- <title> \u2028 "&amp;'
    changes = StoreChanges(name=hostile, description=hostile, welcome=hostile)
    await shop.runtime.stores.change(shop.store, changes, actor="test")
    shown = await page(shop)
    expected = await page(shop, "/stores/nowhere")
    assert [tag for tag, _ in shown.elements] == [tag for tag, _ in expected.elements]
    assert (shown.store["name"], shown.store["welcome"]) == (hostile, hostile)
    assert shown.texts["title"].strip().startswith("</script><script>")
    assert shown.description == hostile


@pytest.mark.parametrize("slug", ["nowhere", "Not-A-Slug", "a%00b", "%F0%9F%90%B1"])
async def test_an_unknown_stores_page_names_no_store(shop: Shop, slug: str) -> None:
    shown = await page(shop, f"/stores/{slug}")
    assert shown.store is None
    assert shown.texts["title"].strip() == "Pet store"


async def test_it_is_not_sent_again_while_the_store_is_unchanged(shop: Shop) -> None:
    address = f"/stores/{shop.slug}"
    tag = (await shop.client.get(address)).headers["etag"]
    again = await shop.client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await shop.runtime.stores.change(shop.store, StoreChanges(welcome="Something new."), actor="test")
    assert (await shop.client.get(address, headers={"If-None-Match": tag})).status_code == 200


async def test_without_the_database_the_page_comes_without_its_store(
    shop: Shop, administer: Callable[[str], None]
) -> None:
    administer("ALTER TABLE platform.data_key RENAME TO gone")
    try:
        shown = await page(shop)
    finally:
        administer("ALTER TABLE platform.gone RENAME TO data_key")
    assert "script" not in shown.texts or not shown.texts["script"].strip()
    assert (await page(shop)).store["name"] == shop.store.name


def test_a_template_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"index\.html must contain each of these exactly once: <title>"):
        StorePage("<!doctype html><p>Something else.")
