"""Slows down guessing: counts failures per account and per address, in Valkey or, without it, in the process."""

import hashlib
import hmac
import ipaddress
import math
import time
from dataclasses import dataclass

from prometheus_client import Counter

from menagerie.cache.connection import Cache
from menagerie.cache.memory import ttl_cache
from menagerie.cache.namespace import PLATFORM, Key
from menagerie.errors import HttpError
from menagerie.secrets.envelope import MasterKeys

_MINUTE = 60
WINDOW_SECONDS = 5 * _MINUTE
ACCOUNT_FAILURES = 10
ADDRESS_FAILURES = 100
SIGN_UPS = 30
"""Accounts that one address may try to create per window."""
_THROTTLED = Counter("menagerie_attempts_throttled", "Sign-ins and sign-ups that were refused after too many.")


class TooManyAttemptsError(HttpError):
    """Too many attempts; wait as long as Retry-After says."""

    status = 429
    code = "THROTTLED"

    def __init__(self, seconds: int) -> None:
        wait = "a minute" if seconds <= _MINUTE else f"{-(-seconds // _MINUTE)} minutes"
        super().__init__(f"Too many attempts. Try again in {wait}.", headers={"Retry-After": str(max(1, seconds))})


@dataclass(slots=True)
class _Tries:
    """Attempts in a window that begins with the first one; later ones do not extend it."""

    ends: float
    count: int = 0


class Throttle:
    """Counts attempts. It knows accounts and addresses only by their keyed hashes."""

    def __init__(self, cache: Cache, keys: MasterKeys) -> None:
        self._cache = cache
        self._secret = keys.purpose("throttle")
        self._here = ttl_cache(str, _Tries, max_size=100_000, seconds=WINDOW_SECONDS)

    async def before_password(self, user_id: str, address: str) -> None:
        """Count an attempt at an account before its password is checked, so that concurrent attempts count too.

        Raises:
            TooManyAttemptsError: if the account or the address has used up its attempts.
        """
        failed = self._address(address)
        if self._counted_here(failed) >= ADDRESS_FAILURES or await self._stored(failed) >= ADDRESS_FAILURES:
            raise await self._too_many(failed)
        await self._count(self._key("account", user_id), limit=ACCOUNT_FAILURES)

    async def wrong(self, address: str) -> None:
        """Count a failure for the address, because the password was wrong."""
        await self._increase(self._address(address))

    async def right(self, user_id: str) -> None:
        """Reset the account's attempts, because the password was right."""
        key = self._key("account", user_id)
        self._here.pop(key, None)
        await self._cache.delete(key)

    async def before_sign_up(self, address: str) -> None:
        """Count an address's attempt to create an account.

        Raises:
            TooManyAttemptsError: if there were too many.
        """
        await self._count(self._key("sign-up", network_of(address)), limit=SIGN_UPS)

    async def _count(self, key: Key, *, limit: int) -> None:
        if await self._increase(key) > limit:
            raise await self._too_many(key)

    async def _too_many(self, key: Key) -> TooManyAttemptsError:
        _THROTTLED.inc()
        return TooManyAttemptsError(await self._wait(key))

    async def _increase(self, key: Key) -> int:
        # Count in the process as well, so that an unreliable Valkey grants no fresh attempts.
        tries = self._here.get(key)
        if tries is None:
            tries = self._here[key] = _Tries(time.monotonic() + WINDOW_SECONDS)
        tries.count += 1
        return max(tries.count, await self._cache.count(key, seconds=WINDOW_SECONDS) or 0)

    def _counted_here(self, key: Key) -> int:
        tries = self._here.get(key)
        return tries.count if tries is not None else 0

    async def _stored(self, key: Key) -> int:
        return int(await self._cache.get(key) or 0)

    async def _wait(self, key: Key) -> int:
        tries = self._here.get(key)
        here = math.ceil(tries.ends - time.monotonic()) if tries is not None else 0
        return max(here, await self._cache.seconds_left(key)) or WINDOW_SECONDS

    def _address(self, address: str) -> Key:
        return self._key("address", network_of(address))

    def _key(self, kind: str, value: str) -> Key:
        digest = hmac.digest(self._secret, f"{kind}\0{value}".encode(), hashlib.sha256).hex()[:32]
        return PLATFORM.key("attempts", digest)


def network_of(address: str) -> str:
    """What one client can have: an IPv4 address, or the /64 that an IPv6 client chooses its addresses from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket, or what a trusted proxy reports instead of an address
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
