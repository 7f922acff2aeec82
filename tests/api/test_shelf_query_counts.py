"""What lists, searches and counts of the shelf cost the database, first and then again (see test_query_counts)."""

import asyncio
import math

import pytest

from menagerie.pets import inverted_index
from shop import Shop
from wire import Wire
from workers import process

SHELF = "{ pets { nodes { id name picture { url } } pageInfo { hasNextPage } totalCount } }"


async def test_the_shelf_is_read_once_and_its_pets_once(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as cold:
        await counted.storefront(SHELF)
    with queries.counting() as warm:
        await counted.storefront(SHELF)
    assert cold.counts == (5 + 5, 2), cold.statements
    assert warm.counts == (0, 0), warm.statements


async def test_a_sale_does_not_cause_another_read_of_the_shelf(counted: Shop, pets: list[str], queries: Wire) -> None:
    await counted.storefront(SHELF)
    await counted.buy(pets[0])
    await counted.remove_pet(pets[1])
    with queries.counting() as count:
        shelf = (await counted.storefront(SHELF))["pets"]
        counts = (await counted.storefront("{ speciesCounts { species count } }"))["speciesCounts"]
        pet = (await counted.storefront("query($id: ID!) { pet(id: $id) { availability } }", id=pets[2]))["pet"]
    assert count.counts == (0, 0), count.statements
    assert shelf["totalCount"] == 2
    assert [node["id"] for node in shelf["nodes"]] == [pets[3], pets[2]]
    assert counts[0] == {"species": "CAT", "count": 2}
    assert pet["availability"] == "AVAILABLE"


async def test_only_the_new_listing_is_looked_up(counted: Shop, pets: list[str], queries: Wire) -> None:
    await counted.storefront(SHELF)
    listed = await counted.list_pet("New")
    with queries.counting() as count:
        shelf = (await counted.storefront(SHELF))["pets"]
    # One to see whether it's still available, one for its details.
    assert count.counts == (5 + 5, 2), count.statements
    assert shelf["nodes"][0]["id"] == listed["id"]


async def test_the_shelf_costs_the_same_for_a_hundred_pets_as_for_one(
    counted: Shop, pets: list[str], queries: Wire
) -> None:
    counts = []
    await counted.storefront("{ speciesCounts { count } }")
    for first in (1, 100):
        with queries.counting() as count:
            await counted.storefront(f"{{ pets(first: {first}) {{ nodes {{ name picture {{ url }} }} }} }}")
        counts.append(count.counts)
    assert counts == [(5, 1), (5, 1)]


async def test_another_order_is_read_once_for_all_its_pages(counted: Shop, pets: list[str], queries: Wire) -> None:
    query = """query($search: String, $sort: PetSort!, $after: String) {
        pets(sort: $sort, search: $search, first: 1, after: $after) { nodes { name } totalCount
            pageInfo { endCursor } } }"""
    await counted.storefront(SHELF)
    await counted.storefront('{ speciesCounts(search: "pet") { count } }')
    for sort, counts in (("NAME", (5, 1)), ("ELDEST", (5, 1)), ("YOUNGEST", (0, 0))):
        with queries.counting() as first:
            page = (await counted.storefront(query, sort=sort))["pets"]
        await counted.buy(pets.pop())
        with queries.counting() as others:
            for search in (None, "pet"):
                await counted.storefront(query, sort=sort, search=search, after=page["pageInfo"]["endCursor"])
        assert first.counts == counts, first.statements
        assert others.counts == (0, 0), others.statements


async def test_search_results_are_read_once(counted: Shop, pets: list[str], queries: Wire) -> None:
    query = '{ pets(search: "pet", first: 2) { nodes { id } totalCount } speciesCounts(search: "pet") { count } }'
    await counted.storefront(SHELF)
    with queries.counting() as cold:
        assert (await counted.storefront(query))["pets"]["totalCount"] == 4
    await counted.buy(pets[3])
    with queries.counting() as warm:
        found = (await counted.storefront(query))["pets"]
    assert cold.counts == (5, 1), cold.statements
    assert warm.counts == (0, 0), warm.statements
    assert found == {"nodes": [{"id": pets[2]}, {"id": pets[1]}], "totalCount": 3}


async def test_searches_do_not_look_up_a_new_listing_again(counted: Shop, pets: list[str], queries: Wire) -> None:
    searches = '{ a: pets(search: "new") { totalCount } b: speciesCounts(search: "pet") { count } }'
    await counted.storefront(searches)
    await counted.list_pet("New")
    with queries.counting() as count:
        assert (await counted.storefront(searches))["a"]["totalCount"] == 1
    # One for both searches, one for its details.
    assert count.counts == (5 + 5, 2), count.statements


async def test_new_searches_cost_nothing_once_the_words_are_known(
    counted: Shop, pets: list[str], queries: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "query($search: String) { pets(search: $search, first: 2) { nodes { id } totalCount } }"
    monkeypatch.setattr(inverted_index, "_PETS_PER_SEARCH", math.inf)
    await counted.storefront(SHELF)
    known_words = process(counted).shelves._known[counted.store.id, None].words
    with queries.counting() as reading:
        assert (await counted.storefront(query, search="pet"))["pets"]["totalCount"] == 4
        while not known_words.size:  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.01)
    assert reading.counts == (10, 2), reading.statements
    with queries.counting() as known:
        for search in ("pe", "p"):
            assert (await counted.storefront(query, search=search))["pets"]["totalCount"] == 4
    assert known.counts == (0, 0), known.statements
