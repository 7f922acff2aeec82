"""All spellings of a login are one account to everything that uses it: look-ups, the throttle, caches and logs."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menagerie.accounts import throttle
from menagerie.accounts.credentials import Credentials, parse_basic, with_password
from menagerie.secrets.envelope import DataKey, normal_login
from shop import PASSWORD, Shop

ME = "{ me { email } }"
LOGINS = [
    "ada@example.com ",
    "\tada@example.com",
    "ada@example.com\u00a0",
    "ADA@example.com\u2003",
    " ada@example.com\n",
]


def credentials(user_id: str, password: str = "a password") -> Credentials:
    return parse_basic(header(user_id, password))


def header(user_id: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user_id}:{password}".encode()).decode()


async def _guess(shop: Shop, user_id: str, password: str = "wrong") -> int:
    return (await shop.post("storefront", ME, user_id, password=password)).status_code


@pytest.mark.parametrize("login", LOGINS)
async def test_white_space_around_a_login_gives_no_extra_tries(here: Shop, login: str) -> None:
    statuses = [await _guess(here, f"{here.slug}/{login}") for _ in range(throttle.ACCOUNT_FAILURES)]
    assert statuses == [401] * throttle.ACCOUNT_FAILURES
    assert await _guess(here, f"{here.slug}/ada@example.com", PASSWORD) == 429
    assert await _guess(here, f"{here.slug}/{login} ", PASSWORD) == 429


async def test_every_spelling_with_the_correct_password_signs_in(here: Shop) -> None:
    assert {await _guess(here, f"{here.slug}/{login}", PASSWORD) for login in LOGINS} == {200}


async def test_another_spelling_of_a_slug_guesses_nothing(here: Shop) -> None:
    for slug in (f" {here.slug}", here.slug.upper(), f"{here.slug}\u3000"):
        assert await _guess(here, f"{slug}/ada@example.com", PASSWORD) == 401


async def test_another_spelling_of_a_merchants_login_gives_no_extra_tries(here: Shop) -> None:
    merchant = here.merchant
    spellings = [merchant, f"{merchant} ", merchant.upper(), f"\u00a0{merchant}"]
    query = "{ me { login } }"
    for number in range(throttle.ACCOUNT_FAILURES):
        response = await here.post("merchant", query, f"{here.slug}/{spellings[number % 4]}", password="wrong")
        assert response.status_code == 401
    for spelling in spellings:
        response = await here.post("merchant", query, f"{here.slug}/{spelling}", password=PASSWORD)
        assert response.status_code == 429


async def test_a_stolen_token_does_not_guess_the_password_by_spellings(here: Shop) -> None:
    signed_in = await here.post("storefront", "mutation { signIn { token } }", f"{here.slug}/ada@example.com")
    token = signed_in.json()["data"]["signIn"]["token"]
    mutation = (
        'mutation { changePassword(input: {currentPassword: "a wrong one", newPassword: "another long password"}) '
        "{ __typename } }"
    )
    statuses = [
        (await here.post("storefront", mutation, f"{here.slug}/ada@example.com" + " " * number, password=token))
        for number in range(throttle.ACCOUNT_FAILURES + 1)
    ]
    assert [response.status_code for response in statuses[:-1]] == [200] * throttle.ACCOUNT_FAILURES
    assert "Too many attempts" in statuses[-1].text


@given(st.text(min_size=1).filter(lambda text: ":" not in text and "/" not in text and "\0" not in text))
def test_the_throttle_and_the_look_up_agree_on_what_one_account_is(login: str) -> None:
    key = DataKey(UUID(int=1), b"k" * 32)
    parsed = credentials(f"pawsome/{login}@example.com")
    assert normal_login(parsed.login) == parsed.login
    assert key.blind_index(parsed.login) == key.blind_index(f"{parsed.login} ")
    assert parsed == credentials(f"pawsome/\t{login}@EXAMPLE.com ")


def test_another_password_leaves_the_spelling_as_it_is() -> None:
    written = header(" Pawsome/Ada@Example.com ", "one: two")
    assert with_password(written, "three: four") == header(" Pawsome/Ada@Example.com ", "three: four")
