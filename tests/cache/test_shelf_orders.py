"""The sorted shelf comes from memory as well, and shows what happens while an order or a search is read."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from cache.conftest import Pair
from cache.looks import (
    NAMES,
    PAGE,
    at_both,
    available,
    expected,
    pages_make_up_what_there_is,
    process,
    shows_what_there_is,
)
from menagerie.pets import shelf_queries, shelves
from menagerie.pets.models import Species
from shop import Shop
from workers import counted_statements, stock

SORTED = ("NAME", "YOUNGEST", "ELDEST")
SEARCHES = (None, "luna")


@pytest.fixture
async def both(pair: Pair) -> tuple[Shop, Shop]:
    return await at_both(pair)


async def ids(shop: Shop, sort: str, search: str | None = None) -> list[str]:
    """A page of a hundred."""
    query = (
        "query($sort: PetSort!, $search: String) { pets(first: 100, sort: $sort, search: $search) { nodes { id } } }"
    )
    return [pet["id"] for pet in (await shop.storefront(query, sort=sort, search=search))["pets"]["nodes"]]


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, work: Callable[[], Awaitable[Any]], *, before: bool) -> None:
    """Let something happen once, just before or after PostgreSQL has answered a reading."""
    read, once = getattr(shelf_queries, name), [work]  # its work may read the same

    async def reading(*arguments: Any) -> Any:
        if before and once:
            await once.pop()()
        answer = await read(*arguments)
        if once:
            await once.pop()()
        return answer

    monkeypatch.setattr(shelf_queries, name, reading)


async def test_after_a_sale_no_page_in_any_order_asks_postgresql(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3, age=[3, 1, 2] * 5)
    for shop in both:
        await shows_what_there_is(shop)
    for pet in (pets[7], pets[2]):
        await first.buy(pet)
        rows = await available(first)
        with counted_statements() as statements:
            for sort in SORTED:
                for search in SEARCHES:
                    await pages_make_up_what_there_is(second, sort, search, rows=rows)
        assert statements.of("FROM pet") == 0, statements.texts


async def test_a_page_behind_a_pet_that_was_sold_goes_on_where_that_was(both: tuple[Shop, Shop]) -> None:
    first, second = both
    await stock(first, list(NAMES) * 3, age=[3, 1, 2] * 5)
    for sort in SORTED:
        page = (await second.storefront(PAGE, sort=sort))["pets"]["edges"]
        await first.buy(page[3]["node"]["id"])
        await first.buy(page[1]["node"]["id"])
        onward = (await second.storefront(PAGE, sort=sort, after=page[3]["cursor"]))["pets"]["edges"]
        seen = [page[0]["node"]["id"], page[2]["node"]["id"], *(edge["node"]["id"] for edge in onward)]
        assert seen == expected(await available(first), sort, None, None)[:6]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("search", SEARCHES)
async def test_what_happens_while_an_order_is_read_shows(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch, search: str | None, *, before: bool
) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3)
    await second.storefront("{ speciesCounts { count } }")

    async def work() -> None:
        await first.buy(pets[4])
        await stock(first, ["Aaron Luna"], Species.DOG)
        # Another request of the same worker takes it in, while the first one still reads.
        await second.storefront('{ speciesCounts { count } pet(id: "") { id } }')

    meanwhile(monkeypatch, "in_order", work, before=before)
    for _ in range(2):
        assert pets[4] not in await ids(second, "NAME", search)
    assert await ids(second, "NAME", search) == expected(await available(first), "NAME", None, search)


@pytest.mark.parametrize("before", [True, False])
async def test_what_happens_while_a_search_is_read_shows(
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
async def test_a_pet_that_is_sold_while_its_listing_is_taken_in_does_not_come_back(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch, search: str | None
) -> None:
    first, second = both
    await stock(first, list(NAMES))
    await ids(second, "NEWEST", search)
    (new,) = await stock(first, ["Luna the New"])

    async def work() -> None:
        await first.buy(new)
        await ids(second, "OLDEST", search)  # takes both in, before the one that reads adds what it has read

    meanwhile(monkeypatch, "available_among", work, before=False)
    # Counts, since a page looks at its pets themselves.
    query = "query($search: String) { speciesCounts(search: $search) { count } }"
    for _ in range(2):
        answer = await second.storefront(query, search=search)
        found = expected(await available(first), "NEWEST", None, search)
        assert sum(each["count"] for each in answer["speciesCounts"]) == len(found)


async def test_a_pet_that_is_sold_while_the_page_is_looked_up_leaves_its_place_to_the_next(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 3)
    await second.storefront("{ pets(first: 1, sort: NAME) { nodes { id } } }")
    find, sold = shelves.find_many, []

    async def finding(session: Any, wanted: Any) -> Any:
        if not sold:
            sold.append(await first.buy(pets[8]))  # the second in this order
        return await find(session, wanted)

    monkeypatch.setattr(shelves, "find_many", finding)
    page = (await second.storefront(PAGE, sort="NAME"))["pets"]["edges"]
    assert [edge["node"]["id"] for edge in page] == expected(await available(first), "NAME", None, None)[:4]


async def test_a_listing_makes_an_order_old_and_it_is_read_again_in_a_while(
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


async def test_pets_whose_ids_do_not_come_in_order_are_in_their_places(
    both: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers that list at once make their ids before they commit."""
    first = both[0]
    early = [uuid7() for _ in range(3)]
    pets = await stock(first, list(NAMES))
    for shop in both:
        await shows_what_there_is(shop)
    for pet_id in early[::-1]:
        with monkeypatch.context() as patch:
            patch.setattr("menagerie.stores.idempotency.uuid7", lambda pet_id=pet_id: pet_id)
            assert await stock(first, ["Luna the Early"], Species.FROG) == [str(pet_id)]
        for shop in both:
            await shows_what_there_is(shop)
    await first.buy(pets[0])
    for shop in both:
        await shows_what_there_is(shop)


async def test_an_index_of_pets_most_of_which_have_gone_is_read_anew(both: tuple[Shop, Shop]) -> None:
    first, second = both
    pets = await stock(first, list(NAMES) * 2)
    await shows_what_there_is(second)
    known = process(second).shelves._known
    before = known[second.store.id, None].index
    for number, pet in enumerate(pets[:7]):
        await (first.remove_pet(pet) if number % 2 else first.buy(pet))
    await shows_what_there_is(second)
    known[second.store.id, None].expires = 0.0
    rows = await available(second)
    with counted_statements() as statements:
        await shows_what_there_is(second, rows=rows)
    assert statements.of("tsquery") == 0  # what searches have found moves to the new index
    after = known[second.store.id, None].index
    assert (len(before), len(after)) == (10, 3)
    assert {each.index for (store_id, _), each in known.items() if store_id == second.store.id} == {after}
    await stock(first, ["Luna the Late"])
    await first.buy(pets[7])
    await shows_what_there_is(second)


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
