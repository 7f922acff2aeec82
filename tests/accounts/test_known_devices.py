"""Nobody can use up an owner's attempts: known devices and networks have their own, strangers take turns."""

import base64
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from menagerie.accounts import devices, throttle
from menagerie.accounts.attempt_counters import AttemptCounters
from menagerie.accounts.credentials import Client
from menagerie.accounts.devices import Devices
from menagerie.accounts.throttle import Throttle, TooManyAttemptsError
from menagerie.secrets.envelope import MasterKeys
from shop import PASSWORD, Shop, basic
from workers import at, elsewhere, process

ADA = "ada@example.com"
ME = "{ me { email } }"


def _forget_callers(shop: Shop) -> None:
    """Forget verified passwords, so that each request counts as an attempt again."""
    authenticator: Any = process(shop).authenticator
    authenticator._passwords.clear()
    authenticator._callers._callers.clear()


async def _answer(shop: Shop, password: str = PASSWORD, *, device: str = "", user: str = ADA) -> httpx.Response:
    _forget_callers(shop)
    headers = {"Authorization": basic(f"{shop.slug}/{user}", password)}
    if device:
        headers["Menagerie-Device"] = device
    return await shop.client.post("/graphql/storefront", json={"query": ME}, headers=headers)


async def _status(shop: Shop, password: str = PASSWORD, *, device: str = "", user: str = ADA) -> int:
    return (await _answer(shop, password, device=device, user=user)).status_code


async def _new_device(shop: Shop, user: str = ADA) -> str:
    return (await shop.storefront("mutation { signIn { device } }", user))["signIn"]["device"]


@pytest.fixture
async def attacker(here: Shop) -> AsyncIterator[Shop]:
    """The same store, reached from an address that has never signed in."""
    shop = at(here, elsewhere(here.client))
    yield shop
    await shop.client.aclose()


@pytest.fixture
async def abroad(here: Shop) -> AsyncIterator[Shop]:
    """The same store, reached from yet another address."""
    shop = at(here, elsewhere(here.client))
    yield shop
    await shop.client.aclose()


async def _guess_until_refused(shop: Shop) -> int:
    """Guess until refused. Returns the seconds to wait."""
    for number in range(throttle.ACCOUNT_FAILURES + 1):
        response = await _answer(shop, f"guess {number}")
        if response.status_code == 429:
            return int(response.headers["retry-after"])
    raise AssertionError("Nobody was refused.")


async def test_an_attacker_cannot_lock_out_a_network_that_signed_in(
    here: Shop, attacker: Shop, abroad: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _status(here) == 200
    assert 0 < await _guess_until_refused(attacker) <= throttle.NETWORK_TURN_SECONDS
    assert await _status(attacker, PASSWORD) == 429
    monkeypatch.setattr(throttle, "NEW_NETWORKS", 0)
    monkeypatch.setattr(throttle, "STRANGERS_ATTEMPTS", 0)
    assert [await _status(abroad, f"guess {n}") for n in range(2)] == [401, 429]
    assert await _status(here) == 200


async def test_a_device_signs_in_from_anywhere_while_strangers_guess(here: Shop, attacker: Shop, abroad: Shop) -> None:
    device = await _new_device(here)
    await _guess_until_refused(attacker)
    await _guess_until_refused(abroad)
    assert await _status(abroad, PASSWORD) == 429
    assert await _status(abroad, PASSWORD, device=device) == 200


async def test_a_device_is_known_only_to_its_account(here: Shop, other: Shop, abroad: Shop) -> None:
    mine, graces = await _new_device(here), await _new_device(here, "grace@example.com")
    foreign = (await other.storefront("mutation { signIn { device } }"))["signIn"]["device"]
    await _guess_until_refused(abroad)
    assert [await _status(abroad, device=each) for each in (graces, foreign)] == [429, 429]
    assert await _status(abroad, device=f"{graces}, {foreign},{mine}") == 200


async def test_a_device_has_no_more_attempts_than_an_account_had(here: Shop, there: Shop, abroad: Shop) -> None:
    device = await _new_device(here)
    statuses = [
        await _status((abroad, there)[number % 2], f"guess {number}", device=device)
        for number in range(throttle.ACCOUNT_FAILURES + 2)
    ]
    assert statuses == [401] * throttle.ACCOUNT_FAILURES + [429] * 2
    assert await _status(abroad, PASSWORD, device=device) == 429
    # It has used up only its own attempts.
    assert await _status(abroad, PASSWORD) == 200


async def test_a_device_signs_in_though_its_address_has_failed_often(
    here: Shop, abroad: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_FAILURES", 3)
    device = await _new_device(here)
    for number in range(3):
        assert await _status(abroad, user=f"guess{number}@example.com") == 401
    assert await _status(abroad) == 429
    assert await _status(abroad, device=device) == 200


async def test_a_device_is_not_a_credential(here: Shop, abroad: Shop) -> None:
    device = await _new_device(here)
    assert await _status(abroad, device, device=device) == 401
    assert await _status(abroad, "", device=device) == 401


async def test_strangers_take_turns_and_new_networks_come_first(
    here: Shop, attacker: Shop, abroad: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "STRANGERS_ATTEMPTS", 3)
    monkeypatch.setattr(throttle, "TURN_SECONDS", 2)
    # One attempt of its network, three that all strangers share, and one turn.
    assert [await _status(attacker, f"guess {n}") for n in range(6)] == [401] * 5 + [429]
    assert await _status(abroad) == 200
    refused = await _answer(attacker)
    assert (refused.status_code, refused.headers["retry-after"] in ("1", "2")) == (429, True)


async def test_after_enough_networks_new_ones_take_turns_too(
    here: Shop, attacker: Shop, abroad: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "NEW_NETWORKS", 1)
    monkeypatch.setattr(throttle, "STRANGERS_ATTEMPTS", 0)
    assert [await _status(attacker, f"guess {n}") for n in range(3)] == [401, 401, 429]
    assert await _status(abroad) == 429


async def test_a_merchant_is_not_locked_out_of_all_her_stores(here: Shop, attacker: Shop) -> None:
    query = "{ store { slug } }"
    user = f"{here.slug}/{here.merchant}"
    assert (await here.post("merchant", query, user, password=PASSWORD)).status_code == 200
    statuses = [
        (await attacker.post("platform", "{ me { login } }", here.merchant, password=f"guess {number}")).status_code
        for number in range(throttle.ACCOUNT_FAILURES + 1)
    ]
    assert statuses[-1] == 429
    _forget_callers(here)
    assert (await here.post("merchant", query, user, password=PASSWORD)).status_code == 200


def test_a_device_outlives_a_rotated_key_but_not_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = os.urandom(32), os.urandom(32)
    device = Devices(MasterKeys([old])).new("pawsome/ada@example.com")
    rotated = Devices(MasterKeys([new, old]))
    assert rotated.recognise("pawsome/ada@example.com", device) is not None
    assert Devices(MasterKeys([new])).recognise("pawsome/ada@example.com", device) is None
    now = time.time()
    for later, known in ((364, True), (366, False), (-1, False)):
        monkeypatch.setattr(devices.time, "time", lambda later=later: now + later * 86_400)
        assert (rotated.recognise("pawsome/ada@example.com", device) is not None) is known


@pytest.mark.parametrize("shown", ["", "x", ",,,", "é" * 50, "A" * 5_000, "=" * 72, "_-" * 36])
def test_any_other_text_is_not_a_device(shown: str) -> None:
    assert Devices(MasterKeys([os.urandom(32)])).recognise("pawsome/ada@example.com", shown) is None


def test_a_changed_device_is_unknown() -> None:
    known = Devices(MasterKeys([os.urandom(32)]))
    content: Any = bytearray(base64.urlsafe_b64decode(known.new("pawsome/ada@example.com")))
    for place in (0, 13, 30):
        changed = bytearray(content)
        changed[place] ^= 1
        assert known.recognise("pawsome/ada@example.com", base64.urlsafe_b64encode(changed).decode()) is None
    assert known.recognise("pawsome/grace@example.com", base64.urlsafe_b64encode(content).decode()) is None


@pytest.fixture
def guarded(here: Shop) -> tuple[Throttle, Devices]:
    """A throttle of its own, with nothing counted yet."""
    keys = MasterKeys([os.urandom(32)])
    known = Devices(keys)
    return Throttle(AttemptCounters(here.runtime.cache, keys), known), known


async def _use_up(throttled: Throttle, client: Client) -> None:
    for _ in range(throttle.ACCOUNT_FAILURES):
        await throttled.before_password(ADA, client)
    with pytest.raises(TooManyAttemptsError):
        await throttled.before_password(ADA, client)


async def test_each_known_device_and_network_has_attempts_of_its_own(guarded: tuple[Throttle, Devices]) -> None:
    throttled, known = guarded
    home, office = Client(None, "192.0.2.1"), Client(None, "192.0.2.2")
    phone, laptop = (Client(None, "192.0.2.3", known.new(ADA)) for _ in range(2))
    for client in (home, office):
        await throttled.right(await throttled.before_password(ADA, client))
    for used, other in ((home, office), (phone, laptop)):
        await _use_up(throttled, used)
        await throttled.before_password(ADA, other)


async def test_a_right_password_gives_the_attempts_back(guarded: tuple[Throttle, Devices]) -> None:
    throttled, known = guarded
    for client in (Client(None, "192.0.2.1"), Client(None, "192.0.2.2", known.new(ADA))):
        for _ in range(3):
            for _ in range(throttle.ACCOUNT_FAILURES - 1):
                await throttled.wrong(await throttled.before_password(ADA, client))
            await throttled.right(await throttled.before_password(ADA, client))


async def test_a_network_is_known_only_to_the_account_that_signed_in(
    guarded: tuple[Throttle, Devices], monkeypatch: pytest.MonkeyPatch
) -> None:
    throttled, _ = guarded
    home = Client(None, "192.0.2.1")
    await throttled.right(await throttled.before_password(ADA, home))
    monkeypatch.setattr(throttle, "NEW_NETWORKS", 0)
    monkeypatch.setattr(throttle, "STRANGERS_ATTEMPTS", 0)
    await throttled.before_password("grace@example.com", home)
    with pytest.raises(TooManyAttemptsError):
        await throttled.before_password("grace@example.com", home)
    await throttled.before_password(ADA, home)


async def test_attempts_to_change_a_password_count_for_its_account_and_not_for_signing_in(
    guarded: tuple[Throttle, Devices],
) -> None:
    throttled, _ = guarded
    addresses = [f"192.0.2.{number}" for number in range(throttle.ACCOUNT_FAILURES + 1)]
    for address in addresses[:-1]:
        await throttled.before_own_password(ADA, Client(None, address))
    with pytest.raises(TooManyAttemptsError):
        await throttled.before_own_password(ADA, Client(None, addresses[-1]))
    await throttled.before_password(ADA, Client(None, addresses[-1]))


def test_a_client_may_send_three_devices_at_once() -> None:
    known = Devices(MasterKeys([os.urandom(32)]))
    others, mine = [known.new("grace@example.com") for _ in range(3)], known.new(ADA)
    assert known.recognise(ADA, ",".join([*others[:2], mine])) is not None
    assert known.recognise(ADA, ",".join([*others, mine])) is None
