"""Answers who is calling, or refuses: with equal words and equal cost, whatever was wrong.

The slow hash is computed only for credentials that were not right a short while ago. What was right is remembered by
keyed hash, under versions that change at once when the password, a token, the account or the store does. Without
Valkey nothing can say that they did not, so the account is looked up each time, and only the slow hash is spared.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

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
from menagerie.pets.catalog import SUBJECT as CATALOG_SUBJECT
from menagerie.secrets.passwords import verify_password
from menagerie.sentences import isolated
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
    """The operator has suspended the store, or its merchant has closed it for customers."""

    status = 403
    code = "STORE_CLOSED"

    def __init__(self, store: Store) -> None:
        super().__init__(f"{isolated(store.name)} is closed for now. Please come back later.")


def _admits(store: Store, role: Role) -> bool:
    """Whether the store is open for such a caller: merchants may work in one that they have closed."""
    return store.open if role is Role.CUSTOMER else not store.suspended


def _expired(caller: Caller) -> bool:
    return caller.expires_at is not None and caller.expires_at <= datetime.now(UTC)


def _whole(versions: Sequence[Version | None]) -> tuple[Version, ...] | None:
    known = tuple(version for version in versions if version is not None)
    return known if len(known) == len(versions) else None


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
class Admission:
    """A caller who may come in, with the version of the catalogue that their answers may be kept under.

    It was taken before the store was looked at, so that an answer with something of the store in it is not kept for
    newer than it is. None: nothing may be taken from what is kept.
    """

    caller: Caller
    catalog: Version | None = None


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    versions: tuple[Version, ...]


class _Versions(NamedTuple):
    """The versions of now: the catalogue's, and those of what a caller was proven by (None where not known)."""

    catalog: Version | None
    proof: tuple[Version, ...] | None


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
        """Who is calling; as `admit`."""
        return (await self.admit(authorization, address)).caller

    async def admit(self, authorization: str | None, address: str) -> Admission:
        """Who is calling, and under which version of the catalogue.

        Args:
            authorization: the header, or None.
            address: where the request comes from, for counting failures.

        Raises:
            Unauthenticated: for credentials that are missing or wrong.
            Forbidden: for a merchant in a store that is not theirs.
            StoreClosed: for right credentials in a store that is suspended, or closed for customers.
            TooManyAttempts: after many wrong ones.
        """
        credentials = parse_basic(authorization)
        seal = hmac.digest(self._secret, (authorization or "").encode(), hashlib.sha256)
        if (admission := await self._known(seal)) is not None:
            return admission
        begun = False

        def prove() -> Awaitable[Caller]:
            nonlocal begun
            begun = True
            return self._prove(credentials, seal, address)

        caller = await self._flights.run(seal, prove)
        admission = await self._known(seal)
        if admission is None and not begun:
            # That flight had begun before this request did, and may have found what is no longer so. The next has not.
            caller = await self._flights.run(seal, prove)
            admission = await self._known(seal)
        # Without versions that are known to be of now, nothing may be taken from what is kept.
        return admission or Admission(caller)

    async def _known(self, seal: bytes) -> Admission | None:
        """Who these credentials are of, if that is remembered and still true."""
        known = self._remembered.get(seal)
        if known is None or _expired(known.caller):
            return None
        versions = await self._current(known.caller)
        return Admission(known.caller, versions.catalog) if versions.proof == known.versions else None

    async def is_password(self, caller: Caller, password: str, authorization: str | None, address: str) -> bool:
        """Whether this is the password of a customer who is signed in; tries count like those of signing in.

        Raises:
            TooManyAttempts: after many wrong ones.
        """
        store = caller.store
        if store is None:
            return False
        expected = await self._stores.database.read(
            store, lambda session: customers.password_hash(session, caller.account_id)
        )
        return await self._try(parse_basic(authorization).user_id, password, expected, address)

    async def _prove(self, credentials: Credentials, seal: bytes, address: str) -> Caller:
        found = await self._find(credentials)
        await self._check_password(credentials, found, seal, address)
        if found is None:
            raise Unauthenticated(credentials.realm)
        caller = found.caller
        if not found.owns:
            raise Forbidden("This store is not yours. Use the address of one of your own stores.")
        if caller.store is not None and not _admits(caller.store, caller.role):
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
        if not await self._try(credentials.user_id, credentials.password, expected, address):
            self._passwords.pop(seal, None)
            raise Unauthenticated(credentials.realm)
        self._passwords[seal] = expected or ""

    async def _try(self, user_id: str, password: str, expected: str | None, address: str) -> bool:
        """Compute the slow hash, and count the try."""
        await self._throttle.before_password(user_id, address)
        if not await verify_password(password, expected):
            await self._throttle.wrong(address)
            return False
        await self._throttle.right(user_id)
        return True

    async def _remember(self, credentials: Credentials, found: _Found, seal: bytes) -> None:
        """Keep what was found, if it is still so after its versions were taken."""
        versions = await self._current(found.caller)
        if versions.proof is not None and await self._find(credentials) == found:
            self._remembered[seal] = _Remembered(found.caller, versions.proof)

    async def _current(self, caller: Caller) -> _Versions:
        account_home = caller.store.namespace if caller.store and caller.role is Role.CUSTOMER else PLATFORM
        wanted = [(account_home, account_subject(caller.account_id))]
        if caller.store is not None:
            # In this order: the catalogue's before the store's.
            wanted = [(caller.store.namespace, CATALOG_SUBJECT), *wanted, (caller.store.namespace, STORE_SUBJECT)]
        versions = await self._versions.current_many(wanted)
        catalog = versions.pop(0) if caller.store is not None else None
        return _Versions(catalog, _whole(versions))

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
