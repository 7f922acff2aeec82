"""The sorted shelf comes from memory too, and shows changes made while an order or a search is read."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from cache.shelf_queries import (
    NAMES,
    PAGE,
    assert_pages_are_complete,
    assert_shelf_is_current,
    available,
    expected,
)
from menagerie.pets import pet_loader, shelf_queries, shelves
from menagerie.pets.models import Species
from shop import Shop
from workers import counted_statements, process, stock

SORTED = ("NAME", "YOUNGEST", "ELDEST")
SEARCHES = (None, "luna")


async def ids(shop: Shop, sort: str, search: str | None = None) -> list[str]:
    """The ids on a page of a hundred."""
    query = (
        "query($sort: PetSort!, $search: String) { pets(first: 100, sort: $sort, search: $search) { nodes { id } } }"
    )
    return [pet["id"] for pet in (await shop.storefront(query, sort=sort, search=search))["pets"]["nodes"]]


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, work: Callable[[], Awaitable[Any]], *, before: bool) -> None:
    """Do something once, just before or after PostgreSQL answers a query."""
    read, once = getattr(shelf_queries, name), [work]  # the work may run the same query

    async def reading(*arguments: Any) -> Any:
        if before and once:
            await once.pop()()
        answer = await read(*arguments)
        if once:
            await once.pop()()
        return answer

    monkeypatch.setattr(shelf_queries, name, reading)


async def test_after_a_sale_no_page_in_any_order_queries_postgresql(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3, age=[3, 1, 2] * 5)
    for shop in both:
        await assert_shelf_is_current(shop)
    for pet in (pets[7], pets[2]):
        await first.buy(pet)
        rows = await available(first)
        with counted_statements() as statements:
            for sort in SORTED:
                for search in SEARCHES:
                    await assert_pages_are_complete(second, sort, search, rows=rows)
        assert statements.of("FROM pet") == 0, statements.texts


async def test_a_page_after_a_sold_pet_continues_at_its_place(both: tuple[Shop, Shop]) -> None:
    first, second = both
    await stock(first, list(NAMES) * 3, age=[3, 1, 2] * 5)
    for sort in SORTED:
        page = (await second.storefront(PAGE, sort=sort))["pets"]["edges"]
        await first.buy(page[3]["node"]["id"])
        await first.buy(page[1]["node"]["id"])
        following = (await second.storefront(PAGE, sort=sort, after=page[3]["cursor"]))["pets"]["edges"]
        seen = [page[0]["node"]["id"], page[2]["node"]["id"], *(edge["node"]["id"] for edge in following)]
        assert seen == expected(await available(first), sort, None, None)[:6]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("search", SEARCHES)
async def test_changes_while_an_order_is_read_show(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch, search: str | None, *, before: bool
) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3)
    await second.storefront("{ speciesCounts { count } }")

    async def work() -> None:
        await first.buy(pets[4])
        await stock(first, ["Aaron Luna"], Species.DOG)
        # Another request to the same worker applies it while the first one still reads.
        await second.storefront('{ speciesCounts { count } pet(id: "") { id } }')

    meanwhile(monkeypatch, "in_order", work, before=before)
    for _ in range(2):
        assert pets[4] not in await ids(second, "NAME", search)
    assert await ids(second, "NAME", search) == expected(await available(first), "NAME", None, search)


@pytest.mark.parametrize("before", [True, False])
async def test_changes_while_a_search_is_read_show(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3)
    await second.storefront("{ speciesCounts { count } }")

    async def work() -> None:
        await first.buy(pets[0])
        await stock(first, ["Luna the New"], Species.DOG)
        await second.storefront("{ pets { nodes { id } } }")

    meanwhile(monkeypatch, "found_by", work, before=before)
    await ids(second, "NEWEST", "luna")
    for sort in ("NEWEST", *SORTED):
        assert await ids(second, sort, "luna") == expected(await available(first), sort, None, "luna")


@pytest.mark.parametrize("search", SEARCHES)
async def test_a_pet_sold_while_its_listing_is_applied_does_not_come_back(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch, search: str | None
) -> None:
    first, second = both
    await stock(first, list(NAMES))
    await ids(second, "NEWEST", search)
    (new,) = await stock(first, ["Luna the New"])

    async def work() -> None:
        await first.buy(new)
        await ids(second, "OLDEST", search)  # applies both before the first reader adds its result

    meanwhile(monkeypatch, "available_among", work, before=False)
    # Counts, because a page looks up its pets.
    query = "query($search: String) { speciesCounts(search: $search) { count } }"
    for _ in range(2):
        answer = await second.storefront(query, search=search)
        found = expected(await available(first), "NEWEST", None, search)
        assert sum(each["count"] for each in answer["speciesCounts"]) == len(found)


async def test_a_pet_sold_during_a_page_look_up_is_replaced_by_the_next(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3)
    await second.storefront("{ pets(first: 1, sort: NAME) { nodes { id } } }")
    find, sold = pet_loader.find_many, []

    async def finding(session: Any, wanted: Any) -> Any:
        if not sold:
            sold.append(await first.buy(pets[8]))  # second by name
        return await find(session, wanted)

    monkeypatch.setattr(pet_loader, "find_many", finding)
    page = (await second.storefront(PAGE, sort="NAME"))["pets"]["edges"]
    assert [edge["node"]["id"] for edge in page] == expected(await available(first), "NAME", None, None)[:4]


async def test_a_listing_makes_an_order_stale_and_it_is_read_again_later(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = both
    await stock(first, list(NAMES))
    await ids(second, "NAME")
    for seconds, orders in ((5, 0), (0, 1), (0, 1)):
        with monkeypatch.context() as patch:
            patch.setattr(shelves, "_ORDER_SECONDS", seconds)
            if seconds == 0:
                process(second).shelves._known[second.store.id, None].index.orders_due.clear()
            await stock(first, ["Aaron"])
            with counted_statements() as statements:
                assert await ids(second, "NAME") == expected(await available(first), "NAME", None, None)
            assert statements.of("ORDER BY lower(pet.name), pet.id), ''") == orders


async def test_pets_whose_ids_arrive_out_of_order_are_in_their_places(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers that list at once create their ids before they commit."""
    first = both[0]
    early = [uuid7() for _ in range(3)]
    pets = await stock(first, list(NAMES))
    for shop in both:
        await assert_shelf_is_current(shop)
    for pet_id in early[::-1]:
        with monkeypatch.context() as patch:
            patch.setattr("menagerie.stores.idempotency.uuid7", lambda pet_id=pet_id: pet_id)
            assert await stock(first, ["Luna the Early"], Species.FROG) == [str(pet_id)]
        for shop in both:
            await assert_shelf_is_current(shop)
    await first.buy(pets[0])
    for shop in both:
        await assert_shelf_is_current(shop)


async def test_an_index_that_lost_most_of_its_pets_is_read_again(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 2)
    await assert_shelf_is_current(second)
    known = process(second).shelves._known
    before = known[second.store.id, None].index
    for number, pet in enumerate(pets[:7]):
        await (first.remove_pet(pet) if number % 2 else first.buy(pet))
    await assert_shelf_is_current(second)
    known[second.store.id, None].expires = 0.0
    rows = await available(second)
    with counted_statements() as statements:
        await assert_shelf_is_current(second, rows=rows)
    assert statements.of("tsquery") == 0  # search results move to the new index
    after = known[second.store.id, None].index
    assert (len(before), len(after)) == (10, 3)
    assert {each.index for (store_id, _), each in known.items() if store_id == second.store.id} == {after}
    await stock(first, ["Luna the Late"])
    await first.buy(pets[7])
    await assert_shelf_is_current(second)


async def test_the_same_words_are_one_search(both: tuple[Shop, Shop]) -> None:
    first, second = both
    await stock(first, [*NAMES, "IRIS", "Éclair"])
    for searches in (("luna", " LUNA ", "Luna!", "luna Luna"), ("bo luna", "Luna, Bo")):
        found = [await ids(second, "NAME", search) for search in searches]
        assert found[0]
        assert all(each == found[0] for each in found)
    kept = {search for store_id, search in process(second).shelves._known if store_id == second.store.id}
    assert kept == {None, "luna:*", "bo:* & luna:*"}
    for search in ("iris", "IRIS", "Iris", "éclair", "ÉCLAIR"):
        assert len(await ids(second, "NAME", search)) == 1
