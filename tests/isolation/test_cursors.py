"""A cursor is a key of one list of one store."""

import base64

import pytest

from shop import Shop

SHELF = "query($after: String) { pets(first: 1, after: $after) { nodes { name } pageInfo { endCursor } } }"
UNSOLD = "query($after: String) { unsoldPets(first: 1, after: $after) { nodes { name } pageInfo { endCursor } } }"
SOLD = """query($after: String) { soldPets(start: "2020-01-01", end: "2999-01-01", first: 1, after: $after)
          { nodes { name } pageInfo { endCursor } } }"""
PURCHASES = "query($after: String) { purchases(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }"


async def _page(shop: Shop, query: str, after: str | None) -> dict:
    merchant = query in {UNSOLD, SOLD}
    user = f"{shop.slug}/{shop.merchant if merchant else 'ada@example.com'}"
    return (await shop.post("merchant" if merchant else "storefront", query, user, after=after)).json()


async def _cursor(shop: Shop, query: str) -> str:
    page = await _page(shop, query, None)
    [found] = page["data"].values()
    return found["pageInfo"]["endCursor"]


def _refused(answer: dict) -> bool:
    return answer["errors"][0]["extensions"]["code"] == "BAD_CURSOR" and not any((answer["data"] or {}).values())


@pytest.fixture
async def both(shop: Shop, other: Shop) -> tuple[Shop, Shop]:
    for each in (shop, other):
        first, *_ = await each.list_pets(3)
        await each.buy(first)
    return shop, other


@pytest.mark.parametrize("query", [SHELF, UNSOLD, SOLD, PURCHASES])
async def test_a_cursor_of_another_store_is_refused(both: tuple[Shop, Shop], query: str) -> None:
    shop, other = both
    assert _refused(await _page(shop, query, await _cursor(other, query)))
    assert "errors" not in await _page(other, query, await _cursor(other, query))


async def test_a_cursor_of_another_list_is_refused(both: tuple[Shop, Shop]) -> None:
    shop, _ = both
    assert _refused(await _page(shop, PURCHASES, await _cursor(shop, SHELF)))
    assert _refused(await _page(shop, SHELF, await _cursor(shop, PURCHASES)))
    assert _refused(await _page(shop, UNSOLD, await _cursor(shop, SOLD)))


async def test_a_changed_cursor_is_refused(both: tuple[Shop, Shop]) -> None:
    shop, other = both
    cursor = await _cursor(shop, SHELF)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-3] ^= 1
    theirs = base64.urlsafe_b64decode((await _cursor(other, SHELF)) + "==")
    forged = [bytes(raw), raw[:12] + theirs[12:], b"", b"\0" * 40, b"\xff" * 40, raw[12:]]
    for each in forged:
        assert _refused(await _page(shop, SHELF, base64.urlsafe_b64encode(each).decode()))
    for text in ("", "é", "%", "a", "null"):
        assert _refused(await _page(shop, SHELF, text))
