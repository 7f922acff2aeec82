"""A token can't be renewed, and a customer has a bounded number of them."""

import asyncio

import pytest

from menagerie.accounts import tokens
from shop import PASSWORD, Shop

ME = "{ me { email } }"
SIGN_IN = "mutation { signIn { token } }"


async def _token(shop: Shop, login: str = "ada@example.com", password: str = PASSWORD) -> str:
    response = await shop.post("storefront", SIGN_IN, f"{shop.slug}/{login}", password=password)
    return str(response.json()["data"]["signIn"]["token"])


async def _status(shop: Shop, password: str, login: str = "ada@example.com") -> int:
    return (await shop.post("storefront", ME, f"{shop.slug}/{login}", password=password)).status_code


async def test_a_token_cannot_be_exchanged_for_another_one(here: Shop) -> None:
    token = await _token(here)
    response = await here.post("storefront", SIGN_IN, f"{here.slug}/ada@example.com", password=token)
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert error["message"] == "Sign in with your password. A token can't be exchanged for another one."
    assert await _status(here, token) == 200


async def test_one_token_too_many_ends_the_oldest(
    here: Shop, there: Shop, other: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 3)
    others = [await _token(here, "grace@example.com"), await _token(other)]
    mine = [await _token(here) for _ in range(3)]
    assert [await _status(shop, token) for token in mine for shop in (here, there)] == [200] * 6
    mine.append(await _token(here))
    assert [await _status(shop, mine[0]) for shop in (here, there)] == [401, 401]
    assert [await _status(shop, token) for token in mine[1:] for shop in (here, there)] == [200] * 6
    assert await _status(here, others[0], "grace@example.com") == 200
    assert await _status(other, others[1]) == 200


async def test_many_sign_ins_at_once_leave_few_tokens(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 3)
    made = await asyncio.gather(*(_token(here) for _ in range(20)))
    last = await _token(here)
    assert await _status(here, last) == 200
    assert sum([await _status(here, token) == 200 for token in made]) <= 2
