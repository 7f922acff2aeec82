"""Correct credentials, however a keyboard encodes them."""

import unicodedata
from typing import Literal

import pytest

from account_factories import add_customer
from shop import Shop

ME = "{ me { email } }"
Form = Literal["NFC", "NFD"]


@pytest.mark.parametrize("made", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
async def test_a_password_with_accents_is_accepted_in_either_form(here: Shop, made: Form, typed: Form) -> None:
    password = "Ärger übér Öl: 猫 🐈"
    await add_customer(
        here.runtime.database,
        here.store,
        email="zoe@example.com",
        name="Zoé",
        password=unicodedata.normalize(made, password),
    )
    user = f"{here.slug}/zoe@example.com"
    response = await here.post("storefront", ME, user, password=unicodedata.normalize(typed, password))
    assert response.json() == {"data": {"me": {"email": "zoe@example.com"}}}


async def test_an_email_address_is_accepted_in_any_case(here: Shop) -> None:
    response = await here.post("storefront", ME, f"{here.slug}/ADA@Example.COM")
    assert response.json() == {"data": {"me": {"email": "ada@example.com"}}}


async def test_an_email_address_may_contain_a_slash_and_unusual_characters(here: Shop) -> None:
    for email in ("a/b@example.com", "o'hara+cats@example.com", "zoé@example.com", "x/y/z@example.com"):
        await here.add_customer(email)
        response = await here.post("storefront", ME, f"{here.slug}/{email}")
        assert response.json() == {"data": {"me": {"email": email}}}


async def test_one_address_in_two_stores_is_two_accounts(here: Shop, other: Shop) -> None:
    ids = [(await shop.storefront("{ me { id } }"))["me"]["id"] for shop in (here, other)]
    assert ids == [str(here.customers["ada@example.com"]), str(other.customers["ada@example.com"])]


async def test_a_password_of_maximum_length_works_and_a_longer_one_never_does(here: Shop) -> None:
    password = "0123456789abcdef" * 8
    await add_customer(here.runtime.database, here.store, email="long@example.com", name="Long", password=password)
    user = f"{here.slug}/long@example.com"
    assert (await here.post("storefront", ME, user, password=password)).status_code == 200
    assert (await here.post("storefront", ME, user, password=password + "x")).status_code == 401


async def test_a_merchant_is_one_account_in_the_platform_and_the_store(here: Shop) -> None:
    platform = await here.post("platform", "{ me { login id } stores { slug } }", here.merchant)
    assert platform.json()["data"]["me"]["login"] == here.merchant
    assert platform.json()["data"]["stores"] == [{"slug": here.slug}]
    assert (await here.post("merchant", "{ store { slug } }", f"{here.slug}/{here.merchant}")).status_code == 200


async def test_a_token_is_not_a_password_of_another_account(here: Shop, other: Shop) -> None:
    token = (await here.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    for user, endpoint in (
        (f"{here.slug}/grace@example.com", "storefront"),
        (f"{other.slug}/ada@example.com", "storefront"),
        (f"{here.slug}/{here.merchant}", "merchant"),
        (here.merchant, "platform"),
    ):
        assert (await here.post(endpoint, "{ __typename }", user, password=token)).status_code == 401
    assert (await here.post("storefront", ME, f"{here.slug}/ada@example.com", password=token)).status_code == 200
