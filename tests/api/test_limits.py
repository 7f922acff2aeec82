"""Operations that could cost too much are refused before they run, each with a message."""

import time

from api.conftest import only_error, owner, user
from graphql import get_introspection_query
from shop import Shop, basic


async def _error(shop: Shop, query: str, endpoint: str = "storefront") -> dict:
    headers = user(shop) if endpoint == "storefront" else owner(shop) if endpoint == "merchant" else {}
    response = await shop.client.post(f"/graphql/{endpoint}", json={"query": query}, headers=headers)
    error = only_error(response)
    assert error["extensions"]["code"] == "BAD_REQUEST"
    return error


async def test_depth_is_limited(here: Shop) -> None:
    deep = "{ pets { edges { node { picture { url " + "{ a " * 8 + "} " * 8 + "} } } } }"
    response = await here.client.post("/graphql/storefront", json={"query": deep}, headers=user(here))
    messages = [error["message"] for error in response.json()["errors"]]
    assert "This operation is more than 11 levels deep. Ask for less at once." in messages


async def test_the_introspection_query_of_tools_is_answered(here: Shop) -> None:
    question = {"query": get_introspection_query(input_value_deprecation=True)}
    response = await here.client.post("/graphql/storefront", json=question, headers=user(here))
    assert "errors" not in response.json()


async def test_aliases_are_limited(here: Shop) -> None:
    within = "{ " + " ".join(f"a{number}: store {{ slug }}" for number in range(30)) + " }"
    response = await here.client.post("/graphql/storefront", json={"query": within}, headers=user(here))
    assert "errors" not in response.json()
    over = "{ " + " ".join(f"a{number}: store {{ slug }}" for number in range(31)) + " }"
    assert (await _error(here, over))["message"].startswith("This operation has more than 30 aliases.")


async def test_tokens_are_limited(here: Shop) -> None:
    error = await _error(here, "{ " + "store { slug } " * 700 + "}")
    assert "more than 2000 tokens" in error["message"]


async def test_cost_is_limited_through_fragments_and_variables_too(here: Shop) -> None:
    fields = "id name species ageYears description createdAt availability picture { url width height placeholder }"
    heavy = [
        "{ "
        + " ".join(
            f"a{n}: pets(first: 100) {{ nodes {{ {fields} }} edges {{ node {{ {fields} }} }} }}" for n in range(4)
        )
        + " }",
        "query($n: Int = 1) { "
        + " ".join(
            f"a{n}: pets(first: $n) {{ nodes {{ {fields} }} edges {{ node {{ {fields} }} }} }}" for n in range(4)
        )
        + " }",
        "{ "
        + " ".join(f"a{n}: pets(first: 100) {{ ...P }}" for n in range(9))
        + f" }} fragment P on PetConnection {{ nodes {{ {fields} }} }}",
        # Without `first` a connection has its default number of rows, wherever its rows are asked for.
        "{ "
        + " ".join(f"a{n}: pets {{ ...P }}" for n in range(25))
        + f" }} fragment P on PetConnection {{ ...Q }} fragment Q on PetConnection {{ nodes {{ {fields} }} }}",
        "{ " + " ".join(f"a{n}: pets {{ ... {{ edges {{ node {{ {fields} }} }} }} }}" for n in range(25)) + " }",
    ]
    for query in heavy:
        assert (await _error(here, query))["message"] == (
            "This operation could return more than 5,000 fields. Use a smaller `first`. Ask for less at once."
        )


async def test_multiplying_fragments_are_refused_quickly_for_visitors_too(here: Shop) -> None:
    for endpoint, field in (("storefront", "store { slug }"), ("signup", 'store(slug: "abc") { slug }')):
        for levels in (25, 90):
            fragments = " ".join(
                f"fragment F{n} on Query {{ ...F{n + 1} a{n}: {field} ...F{n + 1} }}" for n in range(levels)
            )
            query = f"{{ ...F0 }} {fragments} fragment F{levels} on Query {{ {field} }}"
            started = time.perf_counter()
            response = await here.client.post(f"/graphql/{endpoint}", json={"query": query}, headers=user(here))
            assert time.perf_counter() - started < 2
            assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_document_too_deep_to_parse_is_refused(here: Shop) -> None:
    for endpoint in ("storefront", "merchant"):
        await _error(here, "{" + "a{" * 990 + "b" + "}" * 991, endpoint)


async def test_introspection_requires_signing_in(here: Shop) -> None:
    query = {"query": "{ __schema { queryType { name } } }"}
    for endpoint, headers in (
        ("storefront", user(here)),
        ("merchant", owner(here)),
        ("platform", {"Authorization": basic(here.merchant)}),
    ):
        response = await here.client.post(f"/graphql/{endpoint}", json=query, headers=headers)
        assert response.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    for text in ("{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'):
        response = await here.client.post("/graphql/signup", json={"query": text})
        assert "data" not in response.json()
        assert all("introspection" in error["message"].lower() for error in response.json()["errors"])
    assert "Did you mean" not in (await _error(here, '{ stor(slug: "a") { name } }', "signup"))["message"]
