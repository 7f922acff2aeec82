"""Answers who is calling, or refuses: with equal words and equal cost, whatever was wrong.

The slow hash is computed only for credentials that were not right a short while ago. What was right is remembered by
keyed hash, under versions that change at once when the password, a token, the account or the store does. Without
Valkey nothing can say that they did not, so the account is looked up each time, and only the slow hash is spared.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from menagerie.accounts import customers, merchants, tokens
from menagerie.accounts.credentials import Credentials, Unauthenticated, parse_basic
from menagerie.accounts.models import Caller, Role
from menagerie.accounts.throttle import Throttle
from menagerie.cache.flight import Flights
from menagerie.cache.memory import remembered
from menagerie.cache.namespace import PLATFORM
from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.database.session import StoreGone
from menagerie.errors import Refusal
from menagerie.secrets.passwords import verify_password
from menagerie.stores.models import Store
from menagerie.stores.service import Stores

_REMEMBERED_MOST = 20_000
_PASSWORD_SECONDS = 5 * 60

STORE_SUBJECT = "store"


class Forbidden(Refusal):
    """The account is right, but this is not for it."""

    status = 403
    code = "FORBIDDEN"


class StoreClosed(Refusal):
    """The operator has suspended the store."""

    status = 403
    code = "STORE_CLOSED"

    def __init__(self, store: Store) -> None:
        super().__init__(f"{store.name} is closed for now. Please come back later.")


def account_subject(account_id: object) -> str:
    """The name under which an account's version is kept."""
    return f"account:{account_id}"


@dataclass(frozen=True, slots=True)
class _Found:
    """An account that the credentials name; whether the password is theirs is not known yet."""

    caller: Caller
    password_hash: str | None
    """None: the token was found, which proves it."""
    owns: bool = True


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    versions: tuple[Version, ...]


class Authenticator:
    """Tells callers by their Authorization header."""

    def __init__(self, stores: Stores, versions: Versions, throttle: Throttle) -> None:
        self._stores = stores
        self._versions = versions
        self._throttle = throttle
        self._secret = secrets.token_bytes(32)
        self._remembered = remembered(bytes, _Remembered, most=_REMEMBERED_MOST, seconds=LIFETIME_SECONDS)
        self._passwords = remembered(bytes, str, most=_REMEMBERED_MOST, seconds=_PASSWORD_SECONDS)
        self._flights: Flights[Caller] = Flights()

    async def caller(self, authorization: str | None, address: str) -> Caller:
        """Who is calling.

        Args:
            authorization: the header, or None.
            address: where the request comes from, for counting failures.

        Raises:
            Unauthenticated: for credentials that are missing or wrong.
            Forbidden: for a merchant in a store that is not theirs.
            StoreClosed: for right credentials in a suspended store.
            TooManyAttempts: after many wrong ones.
        """
        credentials = parse_basic(authorization)
        seal = hmac.digest(self._secret, (authorization or "").encode(), hashlib.sha256)
        known = self._remembered.get(seal)
        if known is not None and await self._still_true(known):
            return known.caller
        return await self._flights.run(seal, lambda: self._prove(credentials, seal, address))

    async def _still_true(self, known: _Remembered) -> bool:
        expires_at = known.caller.expires_at
        if expires_at is not None and expires_at <= datetime.now(UTC):
            return False
        return await self._current(known.caller) == known.versions

    async def _prove(self, credentials: Credentials, seal: bytes, address: str) -> Caller:
        found = await self._find(credentials)
        await self._check_password(credentials, found, seal, address)
        if found is None:
            raise Unauthenticated(credentials.realm)
        caller = found.caller
        if not found.owns:
            raise Forbidden("This store is not yours. Use the address of one of your own stores.")
        if caller.store is not None and not caller.store.open:
            raise StoreClosed(caller.store)
        await self._remember(credentials, found, seal)
        return caller

    async def _check_password(self, credentials: Credentials, found: _Found | None, seal: bytes, address: str) -> None:
        if found is not None and found.password_hash is None:
            return
        expected = found.password_hash if found is not None else None
        known = self._passwords.get(seal)
        if known is not None and known == expected:
            return
        await self._throttle.before_password(credentials.user_id, address)
        if not await verify_password(credentials.password, expected):
            self._passwords.pop(seal, None)
            await self._throttle.wrong(address)
            raise Unauthenticated(credentials.realm)
        await self._throttle.right(credentials.user_id)
        self._passwords[seal] = expected or ""

    async def _remember(self, credentials: Credentials, found: _Found, seal: bytes) -> None:
        """Keep what was found, if it is still so after its versions were taken."""
        versions = await self._current(found.caller)
        if versions is not None and await self._find(credentials) == found:
            self._remembered[seal] = _Remembered(found.caller, versions)

    async def _current(self, caller: Caller) -> tuple[Version, ...] | None:
        account_home = caller.store.namespace if caller.store and caller.role is Role.CUSTOMER else PLATFORM
        wanted = [(account_home, account_subject(caller.account_id))]
        if caller.store is not None:
            wanted.append((caller.store.namespace, STORE_SUBJECT))
        versions: list[Version] = []
        for version in await self._versions.current_many(wanted):
            if version is None:
                return None
            versions.append(version)
        return tuple(versions)

    async def _find(self, credentials: Credentials) -> _Found | None:
        store = await self._stores.find(credentials.slug) if credentials.slug is not None else None
        if credentials.role is Role.CUSTOMER and store is not None:
            try:
                return await self._find_customer(credentials, store)
            except StoreGone:
                return None
        # An unknown store costs the same look-up as a known one.
        secret = await self._stores.database.read_platform(
            lambda session: merchants.find_secret(session, credentials.login, store.id if store else None)
        )
        unknown_store = credentials.slug is not None and store is None
        if secret is None or secret.disabled_at is not None or unknown_store:
            return None
        owns = store is None or secret.owns
        return _Found(Caller(Role.MERCHANT, secret.id, store), secret.password_hash, owns)

    async def _find_customer(self, credentials: Credentials, store: Store) -> _Found | None:
        index = store.key.blind_index(credentials.login)
        if credentials.password.startswith(tokens.PREFIX):
            token = await self._stores.database.read(
                store, lambda session: tokens.find(session, index, credentials.password)
            )
            if token is not None:
                token_hash = tokens.token_hash(credentials.password)
                caller = Caller(Role.CUSTOMER, token.customer_id, store, token_hash, token.expires_at)
                return _Found(caller, None)
        secret = await self._stores.database.read(store, lambda session: customers.find_secret(session, index))
        return _Found(Caller(Role.CUSTOMER, secret.id, store), secret.password_hash) if secret else None
