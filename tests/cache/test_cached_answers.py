"""Only public answers are cached, and only a store's own are trusted."""

from typing import Any

import pytest

from cache.conftest import Pair
from menagerie.api.operations import Operations
from shop import open_shop
from workers import counted_statements, process, stock

PUBLIC = [
    "{ store { name description timeZone slug } }",
    "{ pets { nodes { name } pageInfo { endCursor } edges { cursor node { id } } } }",
    "{ shelf: pets { totalCount } }",
    "{ speciesCounts { species count } }",
    "query A { pets { nodes { ...Parts } } } fragment Parts on Pet { name picture { url(size: FULL) } }",
    "{ pets { nodes { ... on Pet { name } __typename } } __typename }",
    '{ pet(id: "01a20740-d20d-70f3-b571-16a28b53ac80") { name } }',
]
PRIVATE = [
    "{ me { name } }",
    "{ cart { availableCount } }",
    "{ purchases { totalCount } }",
    "{ pets { totalCount } me { name } }",
    "{ pets: cart { availableCount } }",
    "{ store: me { name } pets { totalCount } }",
    "query Q { ...Both } fragment Both on Query { pets { totalCount } purchases { totalCount } }",
    "{ ... on Query { store { name } me { email } } }",
    "{ cart { pets { name } } store { name } }",
    "query($yes: Boolean! = true) { store { name } me @include(if: $yes) { email } }",
    "mutation { signOut }",
]
ERRORS = [
    "{ pets(first: 0) { totalCount } }",
    '{ pets(after: "nonsense") { totalCount } }',
    "{ pets { nothing } }",
    "{ pets",
    "query A { store { name } } query B { store { name } }",
    "{ __schema { queryType { name } } }",
]


async def _kept(pair: Pair) -> set[bytes]:
    async with pair.redis() as redis:
        return {key async for key in redis.scan_iter(f"m:{{{pair.first.store.id}}}:answer:*")}


@pytest.mark.parametrize("query", PUBLIC)
async def test_public_answers_are_cached(pair: Pair, query: str) -> None:
    await stock(pair.first, ["Luna"])
    await pair.first.storefront(query)
    assert len(await _kept(pair)) == 1


async def test_private_answers_are_not_cached(pair: Pair) -> None:
    (pet_id,) = await stock(pair.first, ["Luna"])
    await pair.first.add_to_cart(pet_id)
    user = f"{pair.first.slug}/ada@example.com"
    for query in PRIVATE:
        for _ in range(2):
            assert "errors" not in (await pair.first.post("storefront", query, user)).json(), query
        assert await _kept(pair) == set(), query
    bought = await pair.first.buy(pet_id)
    assert bought["__typename"] == "Purchase"
    assert await _kept(pair) == set()


async def test_private_fields_are_each_customers_own_even_beside_public_fields(pair: Pair) -> None:
    query = "{ store { name } me { email } }"
    for customer in ("ada@example.com", "grace@example.com", "ada@example.com"):
        assert (await pair.second.storefront(query, customer))["me"] == {"email": customer}


async def test_errors_are_not_cached(pair: Pair) -> None:
    for query in ERRORS:
        await pair.first.post("storefront", query, f"{pair.first.slug}/ada@example.com")
        assert await _kept(pair) == set(), query


async def test_a_planted_value_of_another_store_is_ignored(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    neighbour = await open_shop(pair.first.runtime, pair.first.client, "neighbour")
    await stock(neighbour, ["Kermit"])
    query = "{ pets { nodes { name } } }"
    await pair.first.storefront("{ me { id } }")
    await pair.second.storefront("{ me { id } }")
    await pair.first.storefront(query)
    await neighbour.storefront(query)
    async with pair.redis() as redis:
        (mine,) = await _kept(pair)
        (theirs,) = [key async for key in redis.scan_iter(f"m:{{{neighbour.store.id}}}:answer:*")]
        value = await redis.get(theirs)
        assert isinstance(value, bytes)
        assert b"Kermit" in value
        await redis.set(mine, value)
        assert await pair.second.storefront(query) == {"pets": {"nodes": [{"name": "Luna"}]}}


async def test_cached_values_hold_no_personal_data_and_expire(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    await pair.first.shelf_names()
    await pair.first.storefront("{ me { name email } cart { availableCount } }")
    await pair.first.storefront("mutation { signIn { token } }")
    answers = 0
    async with pair.redis() as redis:
        async for key in redis.scan_iter("*"):
            content = key + b"\0" + (await redis.get(key) or b"")
            for secret in (b"ada@", b"Ada", b"Lovelace", b"mng_", b"Berta", b"correct horse"):
                assert secret not in content, key
            if b":answer:" in key:
                answers += 1
                assert 0 < await redis.ttl(key) <= 60
    assert answers


async def test_an_unreadable_operation_is_not_a_fault(pair: Pair) -> None:
    user = f"{pair.first.slug}/ada@example.com"
    deep = "{" + "a{" * 900 + "b" + "}" * 901
    response = await pair.first.post("storefront", deep, user)
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    nested = '{"query": "{ store { name } }", "variables": {"a": ' + "[" * 400 + "]" * 400 + "}}"
    with counted_statements():
        response = await pair.first.client.post(
            "/graphql/storefront",
            content=nested,
            headers={
                "Content-Type": "application/json",
                "Authorization": (await pair.first.post("storefront", "{ me { id } }", user)).request.headers[
                    "Authorization"
                ],
            },
        )
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The variables are nested too deeply."


async def test_an_answer_is_not_cached_if_the_catalogue_changed_meanwhile(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody will look under an old version."""
    pets = await stock(pair.first, ["Luna", "Kermit"])
    await pair.first.storefront("{ speciesCounts { count } }")  # the shelf is now in memory and followed
    answer_cache, execute = process(pair.first).answer_cache, Operations._execute
    before = len(answer_cache._memory)

    async def sold_meanwhile(operations: Operations, *arguments: Any) -> Any:
        monkeypatch.setattr(Operations, "_execute", execute)
        result = await execute(operations, *arguments)
        await pair.first.remove_pet(pets[0])
        await pair.first.storefront("{ me { name } }")  # this one reads the new version
        return result

    monkeypatch.setattr(Operations, "_execute", sold_meanwhile)
    assert (await pair.first.storefront("{ pets { totalCount } }"))["pets"]["totalCount"] == 2
    assert len(answer_cache._memory) == before
    assert (await pair.first.storefront("{ pets { totalCount } }"))["pets"]["totalCount"] == 1
    assert len(answer_cache._memory) == before + 1
