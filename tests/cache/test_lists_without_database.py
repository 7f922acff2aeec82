"""An unchanged list isn't read from PostgreSQL again, by this worker or another."""

import asyncio

from cache.conftest import Pair
from shop import Shop, open_shop
from workers import counted_statements, stock

LIST = "{ store { name } pets(first: 5) { totalCount nodes { id name picture { url } } } }"


async def _warm(shop: Shop) -> None:
    await shop.storefront("{ me { id } }")


async def test_a_known_list_costs_no_statement(pair: Pair) -> None:
    await stock(pair.first, ["Luna", "Kermit"])
    answer = await pair.first.storefront(LIST)
    with counted_statements() as statements:
        again = [await pair.first.storefront(LIST) for _ in range(10)]
    assert statements.texts == []
    assert again == [answer] * 10


async def test_another_worker_takes_a_known_list_from_valkey(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    await _warm(pair.second)
    answer = await pair.first.storefront(LIST)
    with counted_statements() as statements:
        assert await pair.second.storefront(LIST) == answer
        assert statements.texts == []
        await _forget_answers(pair)
        assert await pair.second.storefront(LIST) == answer  # now from its own memory
        assert statements.texts == []


async def _forget_answers(pair: Pair) -> None:
    async with pair.redis() as redis:
        keys = [key async for key in redis.scan_iter(f"m:{{{pair.first.store.id}}}:answer:*")]
        assert keys
        await redis.delete(*keys)


async def test_other_variables_give_another_answer(pair: Pair) -> None:
    await stock(pair.first, ["Luna", "Kermit"])
    query = "query($first: Int) { pets(first: $first, sort: NAME) { nodes { name } } }"
    one = await pair.first.storefront(query, first=1)
    two = await pair.first.storefront(query, first=2)
    assert [len(answer["pets"]["nodes"]) for answer in (one, two)] == [1, 2]


async def test_the_order_of_variables_does_not_matter(pair: Pair) -> None:
    query = "query($first: Int, $search: String) { pets(first: $first, search: $search) { totalCount } }"
    await pair.first.storefront(query, first=1, search="x")
    with counted_statements() as statements:
        await pair.first.storefront(query, search="x", first=1)
    assert statements.texts == []


async def test_all_customers_of_a_store_share_one_answer(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    await pair.first.storefront("{ me { id } }", "grace@example.com")
    answer = await pair.first.storefront(LIST)
    with counted_statements() as statements:
        assert await pair.first.storefront(LIST, "grace@example.com") == answer
    assert statements.texts == []


async def test_fifty_cold_requests_share_one_computation(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    await _warm(pair.first)
    with counted_statements() as statements:
        answers = await asyncio.gather(*(pair.first.storefront(LIST) for _ in range(50)))
    assert all(answer == answers[0] for answer in answers)
    assert statements.of("FROM pet JOIN picture") == 1


async def test_a_cancelled_request_does_not_cancel_others(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    await _warm(pair.first)
    impatient = asyncio.create_task(pair.first.storefront(LIST))
    others = [asyncio.create_task(pair.first.storefront(LIST)) for _ in range(10)]
    await asyncio.sleep(0)
    impatient.cancel()
    answers = await asyncio.gather(*others)
    assert all(len(answer["pets"]["nodes"]) == 1 for answer in answers)


async def test_the_same_operation_has_an_answer_per_store(pair: Pair) -> None:
    neighbour = await open_shop(pair.first.runtime, pair.first.client, "neighbour")
    await stock(pair.first, ["Luna"])
    await stock(neighbour, ["Kermit"])
    query = "{ store { slug } pets { nodes { name } } }"
    for _ in range(2):
        mine, theirs = await pair.first.storefront(query), await neighbour.storefront(query)
        assert mine == {"store": {"slug": pair.first.slug}, "pets": {"nodes": [{"name": "Luna"}]}}
        assert theirs == {"store": {"slug": neighbour.slug}, "pets": {"nodes": [{"name": "Kermit"}]}}
