"""How often an account can be guessed at in a day, and how long its owner waits: a simulated day of attacks.

Each of an attacker's addresses tries again as soon as it may. The figures are in docs/threats.md.
"""

import heapq
import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from menagerie.accounts import attempt_counters
from menagerie.accounts.attempt_counters import DAY_SECONDS, AttemptCounters
from menagerie.accounts.credentials import Client
from menagerie.accounts.devices import Devices
from menagerie.accounts.throttle import Throttle, TooManyAttemptsError
from menagerie.cache.connection import Cache
from menagerie.secrets.envelope import MasterKeys

ACCOUNT = "pawsome/ada@example.com"
HOME = "192.0.2.1"


@dataclass
class SimulatedCache:
    """What is noted outlives a simulated day; counters are the process's own."""

    noted: dict[str, bytes] = field(default_factory=dict)

    async def get(self, key: str) -> bytes | None:
        return self.noted.get(key)

    async def set(self, key: str, value: bytes, *, seconds: int) -> bool:
        self.noted[key] = value
        return seconds > DAY_SECONDS

    async def count(self, _key: str, *, seconds: int) -> None:
        assert seconds > 0

    async def seconds_left(self, _key: str) -> int:
        return 0

    async def delete(self, key: str) -> bool:
        return self.noted.pop(key, None) is not None


@dataclass
class Attack:
    """A botnet that guesses all day, and an owner who signs in once an hour."""

    throttle: Throttle
    device: str
    now: float = 0.0
    guesses: int = 0
    owner_refused: int = 0
    stranger_refused: int = 0

    async def run(self, addresses: int, seconds: int) -> None:
        due: list[tuple[float, int]] = [(number / addresses, number) for number in range(addresses)]
        hour = 0
        while due and due[0][0] < seconds:
            self.now, number = heapq.heappop(due)
            if self.now >= (hour + 1) * 3600:
                hour += 1
                await self.owner(hour)
            wait = await self.tries(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", right=False)
            self.guesses += not wait
            heapq.heappush(due, (self.now + (wait or 0.5), number))

    async def owner(self, hour: int) -> None:
        self.owner_refused += await self.tries(HOME) > 0
        self.owner_refused += await self.tries(f"198.51.100.{hour}", devices=self.device) > 0
        self.stranger_refused += await self.tries(f"203.0.113.{hour}") > 0

    async def tries(self, address: str, *, devices: str = "", right: bool = True) -> int:
        """Try a password. Returns the seconds to wait, 0 if it was checked."""
        try:
            attempt = await self.throttle.before_password(ACCOUNT, Client(None, address, devices))
        except TooManyAttemptsError as error:
            return int(error.headers["Retry-After"])
        await (self.throttle.right if right else self.throttle.wrong)(attempt)
        return 0


@pytest.fixture
async def attack(monkeypatch: pytest.MonkeyPatch) -> Attack:
    keys = MasterKeys([os.urandom(32)])
    devices = Devices(keys)
    counters = AttemptCounters(cast("Cache", SimulatedCache()), keys)
    simulated = Attack(Throttle(counters, devices), devices.new(ACCOUNT))
    monkeypatch.setattr(attempt_counters, "time", SimpleNamespace(monotonic=lambda: simulated.now))
    assert await simulated.tries(HOME) == 0
    return simulated


@pytest.mark.parametrize(("addresses", "guesses"), [(1, 300), (100, 1_600)])
async def test_a_day_of_guessing_is_bounded_and_the_owner_never_waits(
    attack: Attack, addresses: int, guesses: int
) -> None:
    await attack.run(addresses, DAY_SECONDS)
    assert 0.8 * guesses <= attack.guesses <= guesses
    assert (attack.owner_refused, attack.stranger_refused) == (0, 0)


async def test_ten_thousand_addresses_guess_hardly_more_often_and_a_known_device_is_never_refused(
    attack: Attack,
) -> None:
    # The first minutes use up what a day allows without turns; after that there is one turn a minute.
    await attack.run(10_000, 10 * 60)
    assert 1_000 <= attack.guesses <= 1_000 + 30 + 10 + 1
    await attack.owner(1)
    assert (attack.owner_refused, attack.stranger_refused) == (0, 1)
