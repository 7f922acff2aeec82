"""The slow hash is computed once for correct credentials, and for every guess."""

import asyncio
import statistics
import time
from collections import Counter
from typing import Any

import pytest

from menagerie.accounts import throttle
from menagerie.accounts.authenticate import Authenticator
from menagerie.accounts.credentials import Credentials
from menagerie.accounts.lookup import Found
from menagerie.accounts.models import Caller
from menagerie.secrets import passwords
from shop import Shop
from workers import at, elsewhere


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The results of every argon2 verification in this process."""
    asked: list[bool] = []
    original = passwords._verify

    def verify(password: str, hashed: str | None) -> bool:
        asked.append(original(password, hashed))
        return asked[-1]

    monkeypatch.setattr(passwords, "_verify", verify)
    return asked


async def test_a_remembered_password_is_not_hashed_again(here: Shop, hashes: list[bool]) -> None:
    for _ in range(20):
        await here.storefront("{ me { email } }")
    assert hashes == [True]


async def test_sixty_four_concurrent_first_requests_compute_one_hash(here: Shop, hashes: list[bool]) -> None:
    await asyncio.gather(*(here.storefront("{ me { email } }") for _ in range(64)))
    assert hashes == [True]


async def test_each_worker_computes_its_own_once(here: Shop, there: Shop, hashes: list[bool]) -> None:
    for _ in range(3):
        await here.storefront("{ me { email } }")
        await there.storefront("{ me { email } }")
    assert hashes == [True, True]


async def test_a_token_needs_no_slow_hash(here: Shop, there: Shop, hashes: list[bool]) -> None:
    token = (await here.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    hashes.clear()
    for shop in (here, there):
        await shop.post("storefront", "{ me { email } }", f"{here.slug}/ada@example.com", password=token)
    assert hashes == []


async def test_a_wrong_password_is_hashed_every_time(here: Shop, hashes: list[bool]) -> None:
    for _ in range(3):
        await here.post("storefront", "{ me { email } }", f"{here.slug}/ada@example.com", password="wrong")
    assert hashes == [False] * 3


async def test_a_remembered_password_does_not_admit_another_one(here: Shop) -> None:
    await here.storefront("{ me { email } }")
    for wrong in ("", "correct horse batterz", "correct horse battery "):
        response = await here.post("storefront", "{ me { email } }", f"{here.slug}/ada@example.com", password=wrong)
        assert response.status_code == 401


@pytest.mark.usefixtures("real_hashes")
async def test_guesses_cost_the_same_whatever_is_wrong(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ACCOUNT_FAILURES", 1_000)
    here = at(shop, elsewhere(shop.client))
    cases = {
        "password": f"{here.slug}/ada@example.com",
        "login": f"{here.slug}/nobody@example.com",
        "store": "no-such-store/ada@example.com",
        "merchant's password": f"{here.slug}/{here.merchant}",
        "merchant's login": f"{here.slug}/nobody",
    }
    seconds: dict[str, list[float]] = {case: [] for case in cases}
    await here.post("storefront", "{ me { email } }", "nobody", password="wrong")  # creates the decoy
    for _ in range(9):
        for case, user_id in cases.items():
            started = time.perf_counter()
            assert (await here.post("storefront", "{ x }", user_id, password="wrong password")).status_code == 401
            seconds[case].append(time.perf_counter() - started)
    medians = {case: statistics.median(measured) for case, measured in seconds.items()}
    # The slow hash takes 20 ms or more; a case without it would take a fraction of the others' time.
    assert max(medians.values()) < 1.8 * min(medians.values()), medians


async def test_a_turn_ends_with_the_hash(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomers = [f"newcomer{number}@example.com" for number in range(5)]
    for email in newcomers:
        await here.add_customer(email)
    remember, proven = Authenticator._remember, asyncio.Barrier(len(newcomers))

    async def together(self: Authenticator, *credentials: Any) -> Caller:
        await proven.wait()  # more of them than there are turns
        return await remember(self, *credentials)

    monkeypatch.setattr(Authenticator, "_remember", together)
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(here.storefront("{ me { email } }", email) for email in newcomers))
    assert [answer["me"]["email"] for answer in answers] == newcomers


async def test_many_sign_ins_at_once_queue_without_delaying_anyone_else(
    here: Shop, other: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomers = [f"newcomer{number}@example.com" for number in range(12)]
    for email in newcomers:
        await here.add_customer(email)
    signed_in = (await here.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    await other.storefront("{ me { email } }")
    proving, most = Counter[str](), Counter[str]()
    prove, all_wait = Authenticator._prove, asyncio.Event()

    async def slowly(self: Authenticator, credentials: Credentials, *more: Any) -> Found:
        slug = credentials.slug or ""
        proving[slug] += 1
        most[slug] = max(most[slug], proving[slug])
        if credentials.login in newcomers:
            await all_wait.wait()
        try:
            return await prove(self, credentials, *more)
        finally:
            proving[slug] -= 1

    monkeypatch.setattr(Authenticator, "_prove", slowly)
    arriving = [asyncio.create_task(here.storefront("{ me { email } }", email)) for email in newcomers]
    for _ in range(500):
        if proving[here.slug] == 3:
            break
        await asyncio.sleep(0.01)
    there = at(other, elsewhere(here.client))
    async with asyncio.timeout(5):
        assert (await there.storefront("{ me { email } }", "grace@example.com"))["me"]
        user = f"{here.slug}/ada@example.com"
        for client in (here, at(here, elsewhere(here.client))):
            answer = await client.post("storefront", "{ me { email } }", user, password=signed_in)
            assert answer.json()["data"]["me"]
    assert not any(each.done() for each in arriving)
    all_wait.set()
    assert {(await each)["me"]["email"] for each in arriving} == {*newcomers}
    assert most == {here.slug: 3, other.slug: 1}
