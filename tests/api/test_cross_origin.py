"""A page of another site can't act with the credentials that a browser keeps for this one."""

import httpx
import pytest

from api.conftest import owner, refusal, user
from shop import Shop

RENAME = 'mutation { updateStore(input: {welcome: "Changed by another site"}) { __typename } }'
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://localhost:8443"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://localhost.evil.example:8443"},
    {"Origin": "null"},
]
OWN = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://localhost:8443"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://localhost:8443"},
]


async def _form(shop: Shop, headers: dict[str, str]) -> httpx.Response:
    """What a form with enctype="multipart/form-data" can send, without a preflight."""
    fields = {"operations": (None, f'{{"query": {RENAME!r}}}'.replace("'", '"')), "map": (None, "{}")}
    return await shop.client.post("/graphql/merchant", files=fields, headers=headers)


async def _welcome(shop: Shop) -> str:
    return str((await shop.storefront("{ store { welcome } }"))["store"]["welcome"])


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_form_of_another_site_changes_nothing(here: Shop, other: Shop, headers: dict[str, str]) -> None:
    for shop in (here, other):
        before = await _welcome(shop)
        message = refusal(await _form(shop, owner(shop) | headers), 403, "CROSS_ORIGIN")
        assert message == "A page of another site sent this. Send it from the store's own page, or without a browser."
        assert await _welcome(shop) == before


@pytest.mark.parametrize("headers", FOREIGN)
async def test_an_operation_of_another_site_is_refused(here: Shop, headers: dict[str, str]) -> None:
    response = await here.client.post(
        "/graphql/storefront", json={"query": "{ me { email } }"}, headers=user(here) | headers
    )
    refusal(response, 403, "CROSS_ORIGIN")


@pytest.mark.parametrize("headers", OWN)
async def test_the_stores_own_page_and_other_clients_are_answered(here: Shop, headers: dict[str, str]) -> None:
    response = await here.client.post(
        "/graphql/storefront", json={"query": "{ me { email } }"}, headers=user(here) | headers
    )
    assert response.json()["data"]["me"]["email"] == "ada@example.com"


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_link_from_another_site_opens_the_page(here: Shop, headers: dict[str, str]) -> None:
    assert (await here.client.get(f"/stores/{here.slug}", headers=headers)).status_code == 200
