"""Guessing is slowed down per account and per address, in every worker."""

import asyncio
import os
import time

import pytest

from menagerie.accounts import throttle
from menagerie.accounts.attempt_counters import AttemptCounters
from menagerie.accounts.credentials import Client
from menagerie.accounts.devices import Devices
from menagerie.accounts.throttle import Throttle, TooManyAttemptsError
from menagerie.secrets.envelope import MasterKeys
from shop import PASSWORD, Shop
from workers import address_of, at, elsewhere, from_address

ME = "{ me { email } }"


async def _guess(shop: Shop, user: str = "ada@example.com", password: str = "wrong") -> int:
    return (await shop.post("storefront", ME, f"{shop.slug}/{user}", password=password)).status_code


async def test_a_strangers_network_is_refused_after_many_failures_in_every_worker(here: Shop, there: Shop) -> None:
    there = at(there, from_address(there.client, address_of(here.client)))
    statuses = [await _guess((here, there)[number % 2]) for number in range(throttle.ACCOUNT_FAILURES + 2)]
    assert statuses == [401] * throttle.ACCOUNT_FAILURES + [429] * 2
    response = await there.post("storefront", ME, f"{there.slug}/ada@example.com", password="wrong")
    assert 0 < int(response.headers["retry-after"]) <= throttle.WINDOW_SECONDS
    assert response.json()["errors"][0] == {
        "message": "Too many attempts. Try again in 5 minutes.",
        "extensions": {"code": "THROTTLED"},
    }
    assert "www-authenticate" not in response.headers


async def test_a_locked_account_refuses_the_correct_password_but_keeps_existing_sign_ins(
    here: Shop, there: Shop
) -> None:
    assert await _guess(here, password=PASSWORD) == 200
    for _ in range(throttle.ACCOUNT_FAILURES):
        await _guess(there)
    assert await _guess(there, password=PASSWORD) == 429
    assert await _guess(here, password=PASSWORD) == 200
    assert await _guess(there, "grace@example.com", PASSWORD) == 200


async def test_another_spelling_of_an_account_gives_no_extra_tries(here: Shop) -> None:
    spellings = ["ada@example.com", "ADA@example.com", "Ada@Example.com"]
    statuses = [await _guess(here, spellings[n % 3]) for n in range(throttle.ACCOUNT_FAILURES + 1)]
    assert statuses[-1] == 429


async def test_unknown_accounts_are_locked_like_known_ones(here: Shop) -> None:
    statuses = [await _guess(here, "nobody@example.com") for _ in range(throttle.ACCOUNT_FAILURES + 1)]
    assert statuses == [401] * throttle.ACCOUNT_FAILURES + [429]


async def test_guesses_at_the_same_moment_are_counted_too(here: Shop) -> None:
    statuses = await asyncio.gather(
        *(_guess(here, password=f"guess {number}") for number in range(throttle.ACCOUNT_FAILURES * 3))
    )
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= throttle.ACCOUNT_FAILURES


async def test_success_clears_an_accounts_failures(here: Shop, there: Shop) -> None:
    for _ in range(throttle.ACCOUNT_FAILURES - 2):
        assert await _guess(here) == 401
    assert await _guess(here, password=PASSWORD) == 200
    for _ in range(throttle.ACCOUNT_FAILURES - 2):
        assert await _guess(here) == 401
    assert await _guess(there, password=PASSWORD) == 200


def from_another_address(shop: Shop) -> Shop:
    return at(shop, elsewhere(shop.client))


async def test_an_address_with_many_failures_is_refused_for_every_account(
    here: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_FAILURES", 6)
    statuses = [await _guess(here, f"guess{number}@example.com") for number in range(8)]
    assert statuses == [401] * 6 + [429] * 2
    assert await _guess(here, password=PASSWORD) == 429
    assert await _guess(from_another_address(here), password=PASSWORD) == 200


async def test_sign_ups_from_one_address_are_counted(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "SIGN_UPS", 3)
    query = """mutation($email: String!) { signUp(input: {store: "no-such-store", email: $email, name: "A",
        password: "correct horse battery"}) { __typename } }"""
    answers = [(await here.post("signup", query, None, email=f"a{n}@example.com")).json() for n in range(5)]
    assert ["errors" in answer for answer in answers] == [False] * 3 + [True] * 2
    assert answers[-1]["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answers[-1]["errors"][0]["message"] == "Too many attempts. Try again in 5 minutes."


def throttle_of(shop: Shop, keys: MasterKeys) -> Throttle:
    return Throttle(AttemptCounters(shop.runtime.cache, keys), Devices(keys))


async def test_waiting_for_the_seconds_in_retry_after_is_enough(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "NETWORK_TURN_SECONDS", 2)
    counting = throttle_of(here, MasterKeys(here.runtime.settings.master_key_bytes))
    client = Client(None, "192.0.2.1")
    account, started = f"{here.slug}/waiting@example.com", time.monotonic()
    wait = None
    while time.monotonic() - started < 1.4:  # an attacker hammers for most of the window
        try:
            await counting.before_password(account, client)
        except TooManyAttemptsError as error:
            wait = int(error.headers["Retry-After"])
        await asyncio.sleep(0.05)
    assert wait is not None
    await asyncio.sleep(wait + 0.1)
    await counting.before_password(account, client)


async def test_health_is_never_throttled(here: Shop) -> None:
    for _ in range(throttle.ACCOUNT_FAILURES + 1):
        await _guess(here)
    assert (await here.client.get("/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("addresses", "allowed"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2::3"], False),  # one customer's /64
        (["2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1"], True),
        (["::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"], False),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], True),
    ],
)
async def test_addresses_that_one_client_can_have_count_as_one(
    monkeypatch: pytest.MonkeyPatch, here: Shop, addresses: list[str], *, allowed: bool
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_FAILURES", 2)
    used = throttle_of(here, MasterKeys([os.urandom(32)]))
    first, second, third = (Client(None, address) for address in addresses)
    for client in (first, second):
        await used.wrong(await used.before_password("anybody", client))
    if allowed:
        await used.before_password("somebody", third)
    else:
        with pytest.raises(TooManyAttemptsError):
            await used.before_password("somebody", third)
