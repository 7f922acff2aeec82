"""Slows down guessing, per account and per address, without keeping an account's owner out.

A known device, or a network that signed in to the account recently, has attempts of its own. Everybody else is a
stranger to the account. Strangers share some attempts and then take turns: networks that have not tried yet go first,
the others wait. So nobody can use up the owner's attempts, and an attacker can guess at an account at most some 2,500
times a day, however many addresses they have.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Counter

from menagerie.accounts.attempt_counters import DAY_SECONDS, AttemptCounters
from menagerie.accounts.credentials import Client
from menagerie.accounts.devices import Devices
from menagerie.cache.namespace import Key
from menagerie.errors import HttpError
from menagerie.security_log import SecurityEvent, record

_MINUTE = 60
WINDOW_SECONDS = 5 * _MINUTE
ACCOUNT_FAILURES = 10
"""Attempts per window from a known device or network, and per day from a stranger's network before it must wait."""
ADDRESS_FAILURES = 100
"""Failures of one address per window, for all accounts together."""
SIGN_UPS = 30
"""Sign-ups that one address may attempt per window."""
STRANGERS_ATTEMPTS = 30
"""Attempts per day at one account by all strangers together, before they take turns."""
NEW_NETWORKS = 1_000
"""Networks per day whose first attempt at an account needs no turn."""
TURN_SECONDS = _MINUTE
"""The time between two strangers' turns at one account."""
NETWORK_TURN_SECONDS = 5 * _MINUTE
"""The time between two attempts from one stranger's network, once it has to wait."""
_KNOWN_SECONDS = 30 * DAY_SECONDS
"""How long a network is known after a sign-in."""
_THROTTLED = Counter("menagerie_attempts_throttled", "Sign-ins and sign-ups refused after too many attempts.")


class TooManyAttemptsError(HttpError):
    """Too many attempts; wait for the time in Retry-After."""

    status = 429
    code = "THROTTLED"

    def __init__(self, seconds: int) -> None:
        wait = "a minute" if seconds <= _MINUTE else f"{-(-seconds // _MINUTE)} minutes"
        super().__init__(f"Too many attempts. Try again in {wait}.", headers={"Retry-After": str(max(1, seconds))})


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt, counted before its password is checked."""

    counted: Key
    address: Key
    network: Key


class Throttle:
    """Counts attempts at passwords and at signing up."""

    def __init__(self, counters: AttemptCounters, devices: Devices) -> None:
        self._counters = counters
        self._devices = devices

    async def before_password(self, user_id: str, client: Client) -> Attempt:
        """Count an attempt at an account before its password is checked, so that concurrent attempts count too.

        Raises:
            TooManyAttemptsError: if there were too many; the wait applies to this client.
        """
        key, network = self._counters.key, network_of(client.address)
        address, known = key("address", network), key("network", user_id, network)
        device = self._devices.recognise(user_id, client.devices)
        with self._recorded(client.address, user_id):
            if device is not None:
                counted = key("device", user_id, device.hex())
                await self._count(counted, ACCOUNT_FAILURES)
            elif await self._counters.is_noted(known):
                counted = key("from network", user_id, network)
                await self._count(counted, ACCOUNT_FAILURES)
            else:
                if await self._counters.count(address) >= ADDRESS_FAILURES:
                    raise await self._too_many(address)
                counted = key("stranger", user_id, network)
                await self._stranger(user_id, network, counted)
        return Attempt(counted, address, known)

    async def before_own_password(self, user_id: str, client: Client) -> Attempt:
        """Count an attempt at the password of a signed-in account, for example with a stolen token.

        Raises:
            TooManyAttemptsError: if there were too many.
        """
        key, network = self._counters.key, network_of(client.address)
        counted = key("signed in", user_id)
        with self._recorded(client.address, user_id):
            await self._count(counted, ACCOUNT_FAILURES)
        return Attempt(counted, key("address", network), key("network", user_id, network))

    async def wrong(self, attempt: Attempt) -> None:
        """Count a failure for the address, because the password was wrong."""
        await self._counters.increase(attempt.address, seconds=WINDOW_SECONDS)

    async def right(self, attempt: Attempt) -> None:
        """Restore the client's attempts and remember its network, because the password was right."""
        await self._counters.reset(attempt.counted)
        await self._counters.note(attempt.network, seconds=_KNOWN_SECONDS)

    async def before_sign_up(self, address: str) -> None:
        """Count an address's attempt to create an account.

        Raises:
            TooManyAttemptsError: if there were too many.
        """
        with self._recorded(address):
            await self._count(self._counters.key("sign-up", network_of(address)), SIGN_UPS)

    def pseudonym(self, user_id: str) -> str:
        """The security log's name for an account that a client claims to be."""
        return self._counters.pseudonym(user_id)

    @contextmanager
    def _recorded(self, address: str, user_id: str | None = None) -> Iterator[None]:
        """Record in the security log if the attempt is refused."""
        try:
            yield
        except TooManyAttemptsError:
            claimed = self.pseudonym(user_id) if user_id is not None else None
            record(SecurityEvent.ATTEMPT_THROTTLED, claimed=claimed, address=address)
            raise

    async def _stranger(self, user_id: str, network: str, counted: Key) -> None:
        key = self._counters.key
        own = await self._counters.increase(counted, seconds=DAY_SECONDS)
        own_turn = key("turn of network", user_id, network)
        if own >= ACCOUNT_FAILURES:
            await self._turn(own_turn, NETWORK_TURN_SECONDS)
        if own == 1 and await self._is_within(key("new networks", user_id), NEW_NETWORKS):
            return
        if await self._is_within(key("strangers", user_id), STRANGERS_ATTEMPTS):
            return
        try:
            await self._turn(key("turn", user_id), TURN_SECONDS)
        except TooManyAttemptsError:
            await self._counters.reset(own_turn)
            raise

    async def _is_within(self, key: Key, limit: int) -> bool:
        return await self._counters.increase(key, seconds=DAY_SECONDS) <= limit

    async def _turn(self, key: Key, seconds: int) -> None:
        """Take the turn, if it is free."""
        if await self._counters.increase(key, seconds=seconds) > 1:
            raise await self._too_many(key)

    async def _count(self, key: Key, limit: int) -> None:
        if await self._counters.increase(key, seconds=WINDOW_SECONDS) > limit:
            raise await self._too_many(key)

    async def _too_many(self, key: Key) -> TooManyAttemptsError:
        _THROTTLED.inc()
        return TooManyAttemptsError(await self._counters.seconds_left(key) or WINDOW_SECONDS)


def network_of(address: str) -> str:
    """What one client controls: an IPv4 address, or the /64 that an IPv6 client chooses its addresses from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket, or what a trusted proxy reports instead of an address
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
