"""Two requests for the same email address or slug: one gets it, the other gets a message."""

import asyncio
from uuid import uuid4

from menagerie.settings import Settings
from shop import PASSWORD, Shop, basic
from workers import elsewhere, totals, worker

SIGN_UP = """mutation($store: String!, $email: String!) {
    signUp(input: {store: $store, email: $email, name: "Ada", password: "correct horse battery"}) {
        __typename ... on Failure { message } } }"""
CREATE_STORE = """mutation($slug: String!, $name: String!) { createStore(input: {slug: $slug, name: $name}) {
    __typename ... on Store { name } ... on Failure { message } } }"""


async def test_signing_up_at_once_makes_one_account_per_address(shops: list[Shop]) -> None:
    before = (await totals(shops[0])).customers
    visitors = [elsewhere(shop.client) for shop in shops for _ in range(2)]
    for number in range(8):
        spellings = [f"ada{number}@example.org", f"ADA{number}@Example.org", f" ada{number}@example.org"]
        responses = await asyncio.gather(
            *(
                visitor.post(
                    "/graphql/signup",
                    json={"query": SIGN_UP, "variables": {"store": shops[0].slug, "email": spellings[n % 3]}},
                )
                for n, visitor in enumerate(visitors)
            )
        )
        answers = [response.json()["data"]["signUp"] for response in responses]
        assert sorted(answer["__typename"] for answer in answers) == ["Customer"] + ["EmailTaken"] * 3
        assert {a["message"] for a in answers if "message" in a} == {
            "There is already an account with this email address. Sign in instead."
        }
    assert (await totals(shops[0])).customers == before + 8


async def test_of_two_stores_with_one_slug_one_is_created(shops: list[Shop]) -> None:
    user = {"Authorization": basic(shops[0].merchant, PASSWORD)}
    for _ in range(10):
        slug = f"twin-{uuid4().hex[:8]}"
        responses = await asyncio.gather(
            *(
                shop.client.post(
                    "/graphql/platform",
                    json={"query": CREATE_STORE, "variables": {"slug": slug, "name": f"Store {number}"}},
                    headers=user,
                )
                for number, shop in enumerate(shops * 2)
            )
        )
        answers = [response.json()["data"]["createStore"] for response in responses]
        assert sorted(answer["__typename"] for answer in answers) == ["SlugTaken"] * 3 + ["Store"]
        assert {a["message"] for a in answers if "message" in a} == {f"The address {slug} is taken. Choose another."}
        winner = next(answer["name"] for answer in answers if answer["__typename"] == "Store")
        assert (await shops[0].runtime.stores.get(slug)).name == winner


async def test_different_stores_created_at_once_are_all_created(shops: list[Shop]) -> None:
    slugs = [f"many-{uuid4().hex[:8]}" for _ in range(12)]
    responses = await asyncio.gather(
        *(
            shops[number % 2].client.post(
                "/graphql/platform",
                json={"query": CREATE_STORE, "variables": {"slug": slug, "name": slug}},
                headers={"Authorization": basic(shops[0].merchant, PASSWORD)},
            )
            for number, slug in enumerate(slugs)
        )
    )
    assert [response.json()["data"]["createStore"]["__typename"] for response in responses] == ["Store"] * 12


async def test_a_merchant_opens_no_more_stores_than_allowed(settings: Settings, shop: Shop, other: Shop) -> None:
    """Each merchant has one store and may have three. Of five at once, two are created."""
    allowed = settings.model_copy(update={"stores_per_merchant": 3})
    async with worker(allowed) as client, worker(allowed) as another:

        async def create(merchant: str, number: int) -> dict[str, str]:
            slug = f"more-{uuid4().hex[:8]}"
            response = await (client, another)[number % 2].post(
                "/graphql/platform",
                json={"query": CREATE_STORE, "variables": {"slug": slug, "name": slug}},
                headers={"Authorization": basic(merchant, PASSWORD)},
            )
            created: dict[str, str] = response.json()["data"]["createStore"]
            return created

        for merchant in (shop.merchant, other.merchant):
            answers = await asyncio.gather(*(create(merchant, number) for number in range(5)))
            assert sorted(answer["__typename"] for answer in answers) == ["Store"] * 2 + ["TooManyStores"] * 3
            assert {answer["message"] for answer in answers if "message" in answer} == {
                "You have 3 stores, the most that you may open. Ask the operator for more."
            }
