"""A customer changes their password, and ends sessions on devices that are out of reach."""

import asyncio

import pytest

from menagerie.accounts import throttle
from shop import PASSWORD, Shop

ADA = "ada@example.com"
NEW = "another long password"
CHANGE = """mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
    __typename ... on Session { token expiresAt customer { email } }
    ... on InvalidInput { message problems { field message } } } }"""


async def answers(shop: Shop, secret: str, email: str = ADA) -> int:
    return (await shop.post("storefront", "{ me { email } }", f"{shop.slug}/{email}", password=secret)).status_code


async def signed_in(shop: Shop, email: str = ADA) -> str:
    return (await shop.storefront("mutation { signIn { token } }", email))["signIn"]["token"]


async def change(shop: Shop, secret: str, current: str = PASSWORD, new: str = NEW):
    response = await shop.post(
        "storefront",
        CHANGE,
        f"{shop.slug}/{ADA}",
        password=secret,
        input={"currentPassword": current, "newPassword": new},
    )
    return response.json()


async def test_a_new_password_ends_the_old_one_and_every_session_in_every_worker(
    here: Shop, there: Shop, other: Shop
) -> None:
    first, second, graces = await signed_in(here), await signed_in(there), await signed_in(here, "grace@example.com")
    for shop in (here, there):
        assert [await answers(shop, secret) for secret in (first, second, PASSWORD)] == [200] * 3
    made = (await change(here, first))["data"]["changePassword"]
    assert (made["__typename"], made["customer"]) == ("Session", {"email": ADA})
    for shop in (there, here):
        assert [await answers(shop, secret) for secret in (first, second, PASSWORD)] == [401] * 3
        assert [await answers(shop, secret) for secret in (made["token"], NEW)] == [200] * 2
        assert await answers(shop, graces, "grace@example.com") == 200
    assert await answers(other, PASSWORD) == 200


async def test_a_wrong_current_password_changes_nothing(here: Shop) -> None:
    token = await signed_in(here)
    answer = (await change(here, token, current="a stolen session"))["data"]["changePassword"]
    assert answer["problems"] == [{"field": "currentPassword", "message": "This is not your current password."}]
    # A token isn't a password, though it's sent as one.
    answer = (await change(here, token, current=token))["data"]["changePassword"]
    assert answer["__typename"] == "InvalidInput"
    assert [await answers(here, secret) for secret in (token, PASSWORD)] == [200] * 2


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("short", "Choose a password of at least 10 characters."),
        ("x" * 129, "Choose a password of at most 128 characters."),
        ("aaaaaaaaaaaa", "Choose a password with more different characters."),
    ],
)
async def test_an_invalid_new_password_is_reported_and_changes_nothing(here: Shop, new: str, expected: str) -> None:
    token = await signed_in(here)
    answer = (await change(here, token, new=new))["data"]["changePassword"]
    assert answer["problems"] == [{"field": "newPassword", "message": expected}]
    assert [await answers(here, secret) for secret in (token, PASSWORD)] == [200] * 2


async def test_guessing_with_a_stolen_session_is_slowed_down_like_signing_in(here: Shop) -> None:
    token = await signed_in(here)
    for number in range(throttle.ACCOUNT_FAILURES):
        assert "data" in await change(here, token, current=f"guess number {number}")
    refused = await change(here, token)
    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert await answers(here, token) == 200


async def test_two_changes_at_once_leave_one_password(here: Shop, there: Shop) -> None:
    token = await signed_in(here)
    await asyncio.gather(change(here, token, new="first new password"), change(there, token, new="second new password"))
    assert sorted([await answers(here, "first new password"), await answers(here, "second new password")]) == [200, 401]
    assert await answers(here, PASSWORD) == 401


async def test_signing_out_everywhere_ends_every_session_but_not_the_password(here: Shop, there: Shop) -> None:
    first, second, graces = await signed_in(here), await signed_in(there), await signed_in(here, "grace@example.com")
    for shop in (here, there):
        assert [await answers(shop, secret) for secret in (first, second)] == [200] * 2
    everywhere = await there.post("storefront", "mutation { signOutEverywhere }", f"{there.slug}/{ADA}", password=first)
    assert everywhere.json() == {"data": {"signOutEverywhere": True}}
    for shop in (here, there):
        assert [await answers(shop, secret) for secret in (first, second, PASSWORD)] == [401, 401, 200]
        assert await answers(shop, graces, "grace@example.com") == 200
