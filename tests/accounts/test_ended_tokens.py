"""A token that has ended is refused, and isn't a guess: pages that still send it don't lock their owner out."""

import pytest

from menagerie.accounts import authenticate, throttle
from menagerie.secrets.passwords import TOKEN_PREFIX
from shop import PASSWORD, Shop, basic

ME = "{ me { email } }"
SIGN_IN, SIGN_OUT_EVERYWHERE = "mutation { signIn { token } }", "mutation { signOutEverywhere }"


async def _status(shop: Shop, password: str, login: str = "ada@example.com") -> int:
    return (await shop.post("storefront", ME, f"{shop.slug}/{login}", password=password)).status_code


@pytest.fixture
async def ended(here: Shop) -> str:
    token = str((await here.storefront(SIGN_IN))["signIn"]["token"])
    await here.storefront(SIGN_OUT_EVERYWHERE)
    return token


async def test_tabs_that_send_an_ended_token_do_not_lock_the_owner_out(
    here: Shop, there: Shop, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_FAILURES", 3)
    for _ in range(throttle.ACCOUNT_FAILURES + 1):
        assert await _status(here, ended) == 401
        assert await _status(there, ended) == 401
    assert await _status(here, PASSWORD) == 200


async def test_streams_that_send_an_ended_token_do_not_lock_the_owner_out(here: Shop, ended: str) -> None:
    for _ in range(throttle.ACCOUNT_FAILURES + 1):
        response = await here.client.post(
            "/graphql/storefront",
            json={"query": "subscription { shelf { __typename } }"},
            headers={"Accept": "text/event-stream", "Authorization": basic(f"{here.slug}/ada@example.com", ended)},
        )
        assert response.status_code == 401
    assert await _status(here, PASSWORD) == 200


@pytest.mark.parametrize("login", ["ada@example.com", "nobody@example.com", "merlin"])
async def test_nothing_that_looks_like_a_token_costs_a_hash(
    here: Shop, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unexpected(_password: str, _hashed: str | None) -> bool:
        raise AssertionError("a slow hash for a token")

    monkeypatch.setattr(authenticate, "verify_password", unexpected)
    assert await _status(here, TOKEN_PREFIX + "A" * 43, login) == 401


async def test_a_password_does_not_look_like_a_token(here: Shop) -> None:
    mutation = (
        "mutation ($old: String!, $new: String!) { changePassword(input: {currentPassword: $old, newPassword: $new}) "
        "{ ... on InvalidInput { problems { field message } } } }"
    )
    answer = await here.storefront(mutation, old=PASSWORD, new=TOKEN_PREFIX + "a long password")
    (problem,) = answer["changePassword"]["problems"]
    assert problem["field"] == "newPassword"
    assert problem["message"] == "Choose a password that doesn't begin with mng_, as access tokens do."
