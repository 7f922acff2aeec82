"""What happens to accounts is in the security log, with account and address, without names, passwords and tokens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from menagerie.accounts import throttle
from menagerie.security_log import configure_security_log
from shop import PASSWORD, Shop
from workers import address_of

ADA = "ada@example.com"
NEW = "another long password"
CHANGE = """mutation($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }"""
SIGN_UP = "mutation($input: SignUpInput!) { signUp(input: $input) { ... on Customer { id } } }"


class Log:
    """The lines of the log, and those added since the last call."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = 0

    def new_events(self) -> list[dict[str, Any]]:
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        fresh, self._seen = lines[self._seen :], len(lines)
        return [json.loads(line) for line in fresh]

    @property
    def text(self) -> str:
        return self._file.read_text()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    configure_security_log(tmp_path / "security.log", to_stderr=False)
    yield Log(tmp_path / "security.log")
    configure_security_log(None, to_stderr=False)


async def _post(shop: Shop, query: str, login: str = ADA, password: str = PASSWORD, **variables: Any) -> Any:
    return await shop.post("storefront", query, f"{shop.slug}/{login}", password=password, **variables)


async def _id(shop: Shop) -> str:
    return (await shop.storefront("{ me { id } }"))["me"]["id"]


async def test_a_wrong_password_is_recorded_in_each_store_with_its_own_account(
    here: Shop, other: Shop, log: Log
) -> None:
    accounts = [await _id(shop) for shop in (here, other)]
    assert log.new_events() == []
    for shop in (here, other):
        assert (await _post(shop, "{ me { id } }", password="wrong")).status_code == 401
    first, second = log.new_events()
    assert [each["event"] for each in (first, second)] == ["password wrong"] * 2
    assert [each["account"] for each in (first, second)] == accounts
    assert [each["address"] for each in (first, second)] == [address_of(here.client), address_of(other.client)]
    assert first["claimed"] != second["claimed"]
    assert all(each["request_id"] for each in (first, second))


async def test_attempts_at_an_account_that_does_not_exist_have_one_pseudonym(here: Shop, log: Log) -> None:
    for login in ("nobody@example.com", "NOBODY@example.com", "somebody@example.com"):
        assert (await _post(here, "{ me { id } }", login, "wrong")).status_code == 401
    nobody, again, somebody = log.new_events()
    assert "account" not in nobody
    assert nobody["claimed"] == again["claimed"] != somebody["claimed"]
    assert "example.com" not in log.text


async def test_throttled_attempts_are_recorded_as_such(here: Shop, log: Log) -> None:
    for _ in range(throttle.ACCOUNT_FAILURES + 1):
        await _post(here, "{ me { id } }", password="wrong")
    *wrong, throttled = log.new_events()
    assert {each["event"] for each in wrong} == {"password wrong"}
    assert (throttled["event"], throttled["claimed"]) == ("attempt throttled", wrong[0]["claimed"])
    assert throttled["address"] == address_of(here.client)


async def test_a_customers_sessions_are_recorded_from_sign_up_to_signing_out_everywhere(here: Shop, log: Log) -> None:
    details = {"store": here.slug, "email": "new@example.com", "name": "Newton", "password": PASSWORD}
    response = await here.post("signup", SIGN_UP, None, input=details)
    account = response.json()["data"]["signUp"]["id"]
    token = (await _post(here, "mutation { signIn { token } }", "new@example.com")).json()["data"]["signIn"]["token"]
    change = {"currentPassword": "wrong", "newPassword": NEW}
    await _post(here, CHANGE, "new@example.com", token, input=change)
    assert (await _post(here, "mutation { signOut }", "new@example.com", token)).json()["data"]["signOut"]
    assert (await _post(here, "{ me { id } }", "new@example.com", token)).status_code == 401
    await _post(here, CHANGE, "new@example.com", input=change | {"currentPassword": PASSWORD})
    await _post(here, "mutation { signOutEverywhere }", "new@example.com", NEW)
    events = log.new_events()
    assert [each["event"] for each in events] == [
        "signed up",
        "signed in",
        "password wrong",
        "signed out",
        "token refused",
        "password changed",
        "signed out everywhere",
    ]
    assert {each.get("account") for each in events if each["event"] != "token refused"} == {account}
    assert {each["address"] for each in events} == {address_of(here.client)}
    for secret in ("new@example.com", "Newton", PASSWORD, NEW, token):
        assert secret not in log.text


async def test_a_merchant_refused_at_another_merchants_store_is_recorded(here: Shop, other: Shop, log: Log) -> None:
    login = other.merchant
    response = await here.post("merchant", "{ store { slug } }", f"{here.slug}/{login}")
    assert response.status_code == 403
    (event,) = log.new_events()
    assert event["event"] == "store forbidden"
    assert event["account"]
