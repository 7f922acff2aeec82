"""Paging through the shelf in every order, with ties: each pet appears once, in its place."""

import pytest

from shop import Shop
from workers import stock

PAGE = """query($first: Int, $after: String, $sort: PetSort!) { pets(first: $first, after: $after, sort: $sort) {
    totalCount edges { cursor node { id } } nodes { id name ageYears createdAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
NAMES = ["Luna", "luna", "Zoé", "Luna", "Ägir", "ada", "Ada", "Bo", "Ω", "猫", "Luna", "Bo"]
AGES = [3, 0, 3, 3, 12, 0, 0, 7, 7, 3, 3, 60]
SORTS = {
    "NEWEST": lambda pet: pet["order"] * -1,
    "OLDEST": lambda pet: pet["order"],
    "NAME": None,
    "YOUNGEST": lambda pet: (pet["ageYears"], pet["order"]),
    "ELDEST": lambda pet: (-pet["ageYears"], -pet["order"]),
}


async def _pages(shop: Shop, sort: str, first: int) -> list[dict]:
    pages, after = [], None
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append((await shop.storefront(PAGE, first=first, after=after, sort=sort))["pets"])
        after = pages[-1]["pageInfo"]["endCursor"]
        assert len(pages) < 40
    return pages


@pytest.mark.parametrize("sort", SORTS)
async def test_pages_of_any_size_make_up_the_whole_list(shop: Shop, sort: str) -> None:
    ids = await stock(shop, NAMES, age=AGES)
    whole = (await shop.storefront(PAGE, first=100, sort=sort))["pets"]["nodes"]
    order = {pet_id: number for number, pet_id in enumerate(ids)}
    assert {pet["id"] for pet in whole} == set(ids)
    if SORTS[sort] is not None:
        expected = sorted(({**pet, "order": order[pet["id"]]} for pet in whole), key=SORTS[sort])
        assert [pet["id"] for pet in whole] == [pet["id"] for pet in expected]
    else:
        names = [pet["name"] for pet in whole]
        assert names.index("Bo") > max(names.index("ada"), names.index("Ada"))
        lunas = [order[pet["id"]] for pet in whole if pet["name"].lower() == "luna"]
        assert lunas == sorted(lunas)
    for first in (1, 2, 5, 11, 12):
        pages = await _pages(shop, sort, first)
        assert [pet["id"] for page in pages for pet in page["nodes"]] == [pet["id"] for pet in whole]
        assert [page["totalCount"] for page in pages] == [12] * len(pages)
        assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False] + [True] * (len(pages) - 1)
        assert all(page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"] for page in pages)
        assert all(page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"] for page in pages)
        assert all([e["node"]["id"] for e in page["edges"]] == [n["id"] for n in page["nodes"]] for page in pages)


async def test_a_page_is_the_same_after_earlier_pets_were_sold(shop: Shop) -> None:
    ids = await stock(shop, [f"Pet {number}" for number in range(10)])
    first = (await shop.storefront(PAGE, first=4, sort="OLDEST"))["pets"]
    await shop.buy(ids[3])  # the row of the cursor itself
    await shop.buy(ids[1])
    rest = (await shop.storefront(PAGE, first=10, after=first["pageInfo"]["endCursor"], sort="OLDEST"))["pets"]
    assert [pet["id"] for pet in rest["nodes"]] == ids[4:]
    assert rest["totalCount"] == 8


async def test_an_empty_shelf_is_an_empty_page(shop: Shop) -> None:
    page = (await shop.storefront(PAGE, sort="NEWEST"))["pets"]
    assert page["edges"] == page["nodes"] == []
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_the_default_page_size_is_twenty_four(shop: Shop) -> None:
    await stock(shop, [f"Pet {number}" for number in range(25)])
    for first in ("", "(first: null)"):
        page = (await shop.storefront(f"{{ pets{first} {{ totalCount nodes {{ id }} }} }}"))["pets"]
        assert (page["totalCount"], len(page["nodes"])) == (25, 24)


async def test_a_cursor_of_another_list_or_store_is_refused(shop: Shop, other: Shop) -> None:
    for each in (shop, other):
        await stock(each, ["Luna", "Kermit"])
    cursor = (await shop.storefront(PAGE, first=1, sort="NEWEST"))["pets"]["pageInfo"]["endCursor"]
    user = f"{shop.slug}/ada@example.com"
    attempts = [
        (shop, {"after": cursor, "sort": "OLDEST"}),
        (shop, {"after": cursor, "sort": "NAME"}),
        (other, {"after": cursor, "sort": "NEWEST"}),
        (shop, {"after": cursor[:-2] + "AA", "sort": "NEWEST"}),
        (shop, {"after": "", "sort": "NEWEST"}),
        (shop, {"after": "é\0", "sort": "NEWEST"}),
        (shop, {"after": "MTI=" * 300, "sort": "NEWEST"}),
    ]
    for each, variables in attempts:
        user = f"{each.slug}/ada@example.com"
        (error,) = (await each.post("storefront", PAGE, user, **variables)).json()["errors"]
        assert error["extensions"] == {"code": "BAD_CURSOR"}
        assert error["message"].startswith("This cursor does not belong to this list.")


@pytest.mark.parametrize("first", [0, -1, 101, 2_147_483_647])
async def test_a_page_has_one_to_a_hundred_rows(shop: Shop, first: int) -> None:
    response = await shop.post("storefront", PAGE, f"{shop.slug}/ada@example.com", first=first, sort="NAME")
    (error,) = response.json()["errors"]
    assert error["message"] == f"`first` must be from 1 to 100; it was {first}."
    assert error["extensions"] == {"code": "BAD_PAGE_SIZE"}
