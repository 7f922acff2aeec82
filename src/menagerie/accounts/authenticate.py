"""Identifies the caller or refuses, with the same message and at the same cost whatever is wrong.

The slow hash is computed only for credentials that were not verified recently.
"""

from collections.abc import Sequence

from prometheus_client import Counter

from menagerie.accounts import customers
from menagerie.accounts.caller_cache import Admission, CallerCache
from menagerie.accounts.credentials import Client, Credentials, UnauthenticatedError, parse_basic
from menagerie.accounts.lookup import Found, find_account
from menagerie.accounts.models import Caller, Role
from menagerie.accounts.throttle import Attempt, Throttle
from menagerie.accounts.tokens import Issued
from menagerie.cache.memory import ttl_cache
from menagerie.cache.single_flight import SingleFlight
from menagerie.cache.version import Versions
from menagerie.database.revisions import STORES_REVISION
from menagerie.database.session import Database
from menagerie.database.tenant import StoreNotMigratedError
from menagerie.errors import HttpError
from menagerie.fair_queue import FairQueue
from menagerie.secrets.passwords import TOKEN_PREFIX, verify_password
from menagerie.security_log import SecurityEvent, record
from menagerie.stores.models import Store
from menagerie.stores.store_cache import StoreCache
from menagerie.text import bidi_isolate

_MAX_PASSWORDS = 20_000
_PASSWORD_SECONDS = 5 * 60
_MAX_PROOFS, _MAX_PROOFS_PER_STORE = 4, 3
"""Concurrent password checks: enough to keep the hashing threads busy."""
_MAX_WAIT_SECONDS = 20.0
"""The longest wait for a password check: as long as a page waits."""
_REFUSED = Counter("menagerie_sign_ins_refused", "Sign-ins rejected because their queue was full.")


class ForbiddenError(HttpError):
    """The credentials are right, but the account may not do this."""

    status = 403
    code = "FORBIDDEN"


class StoreClosedError(HttpError):
    """The operator has suspended the store, or its merchant has closed it to customers."""

    status = 403
    code = "STORE_CLOSED"

    def __init__(self, store: Store) -> None:
        super().__init__(f"{bidi_isolate(store.name)} is closed for now. Please come back later.")


def _admits(store: Store, role: Role) -> bool:
    """Whether the store is open to callers of this role: merchants may work in a store that they have closed."""
    return store.open if role is Role.CUSTOMER else not store.suspended


class Authenticator:
    """Identifies callers by their Authorization header."""

    def __init__(self, stores: StoreCache, database: Database, versions: Versions, throttle: Throttle) -> None:
        self._stores = stores
        self._database = database
        self._throttle = throttle
        self._callers = CallerCache(versions)
        self._passwords = ttl_cache(bytes, str, max_size=_MAX_PASSWORDS, seconds=_PASSWORD_SECONDS)
        self._flights: SingleFlight[Caller] = SingleFlight()
        self.turns = FairQueue(
            limit_per_store=_MAX_PROOFS_PER_STORE, limit=_MAX_PROOFS, max_wait=_MAX_WAIT_SECONDS, refused=_REFUSED
        )

    async def caller(self, client: Client) -> Caller:
        """Identify the caller; see `admit`."""
        return (await self.admit(client)).caller

    async def admit(self, client: Client, subjects: Sequence[str] = ()) -> Admission:
        """Identify the caller, and fetch the versions of further subjects of their store.

        Args:
            client: where the request comes from, with its Authorization header.
            subjects: what the answer may be cached under; their versions come in the same round trip.

        Raises:
            UnauthenticatedError: for missing or wrong credentials.
            ForbiddenError: for a merchant in somebody else's store.
            StoreClosedError: for right credentials in a store that is suspended, or closed to customers.
            StoreNotMigratedError: for a store that is older than this version's code needs.
            TooManyAttemptsError: after many wrong credentials.
            OverloadedError: if too many password checks are waiting.
        """
        fingerprint = self._callers.fingerprint(client.authorization)
        if (admission := await self._callers.find(fingerprint, subjects)) is not None:
            return admission
        credentials = parse_basic(client.authorization)
        begun = False

        async def prove() -> Caller:
            nonlocal begun
            begun = True
            if credentials.password.startswith(TOKEN_PREFIX):
                found = await self._prove(credentials, fingerprint, client)
            else:
                # Many concurrent sign-ins queue here, so they do not delay callers who are already signed in.
                named = credentials.slug if self._stores.knows(credentials.slug or "") else None
                async with self.turns.turn(named):
                    found = await self._prove(credentials, fingerprint, client)
            return await self._remember(credentials, fingerprint, found, client)

        caller = await self._flights.run(fingerprint, prove)
        admission = await self._callers.find(fingerprint, subjects)
        if admission is None and not begun:
            # That flight began before this request and may have used stale data. The next one cannot.
            caller = await self._flights.run(fingerprint, prove)
            admission = await self._callers.find(fingerprint, subjects)
        # Without current versions, nothing may be served from a cache.
        return admission or Admission(caller, (None,) * len(subjects))

    async def is_password(self, caller: Caller, password: str, client: Client) -> bool:
        """Whether this is the signed-in customer's password; attempts are limited like those to sign in.

        Raises:
            TooManyAttemptsError: after many wrong passwords.
        """
        store = caller.store
        if store is None:
            return False
        expected = await self._database.read(store, lambda session: customers.password_hash(session, caller.account_id))
        attempt = await self._throttle.before_own_password(client.user_id, client)
        right = await self._try(attempt, password, expected)
        if not right:
            self._record_refusal(SecurityEvent.PASSWORD_WRONG, client.user_id, caller, client)
        return right

    def remember_token(self, authorization: str | None, issued: Issued) -> None:
        """Remember the token issued to this request's caller, who will send it next.

        It is stored under the versions that proved the caller, which were taken before the token was issued.
        """
        if authorization is not None:
            self._callers.remember_token(authorization, issued)

    async def _prove(self, credentials: Credentials, fingerprint: bytes, client: Client) -> Found:
        """Find the account and check the password."""
        found = await find_account(self._stores, self._database, credentials)
        await self._check_password(credentials, found, fingerprint, client)
        if found is None:
            raise UnauthenticatedError(credentials.realm)
        return found

    async def _remember(self, credentials: Credentials, fingerprint: bytes, found: Found, client: Client) -> Caller:
        """Remember a caller whose password was right, if they may enter."""
        caller = found.caller
        if not found.owns:
            self._record_refusal(SecurityEvent.STORE_FORBIDDEN, credentials.user_id, caller, client)
            raise ForbiddenError("This store is not yours. Use the address of one of your own stores.")
        if caller.store is not None and not _admits(caller.store, caller.role):
            raise StoreClosedError(caller.store)
        if caller.store is not None and caller.store.revision < STORES_REVISION:
            raise StoreNotMigratedError
        proof = await self._callers.proof(caller)
        # Look it up again: only what still holds after its versions were taken may be remembered.
        if proof is not None and await find_account(self._stores, self._database, credentials) == found:
            self._callers.remember(fingerprint, caller, proof)
        return caller

    async def _check_password(
        self, credentials: Credentials, found: Found | None, fingerprint: bytes, client: Client
    ) -> None:
        if found is not None and found.password_hash is None:
            return
        if credentials.password.startswith(TOKEN_PREFIX):
            # The token has expired or was revoked. Tokens can't be guessed, so this isn't counted as a guess.
            self._record_refusal(SecurityEvent.TOKEN_REFUSED, credentials.user_id, None, client)
            raise UnauthenticatedError(credentials.realm)
        expected = found.password_hash if found is not None else None
        known = self._passwords.get(fingerprint)
        if known is not None and known == expected:
            return
        attempt = await self._throttle.before_password(credentials.user_id, client)
        if not await self._try(attempt, credentials.password, expected):
            self._passwords.pop(fingerprint, None)
            caller = found.caller if found is not None else None
            self._record_refusal(SecurityEvent.PASSWORD_WRONG, credentials.user_id, caller, client)
            raise UnauthenticatedError(credentials.realm)
        self._passwords[fingerprint] = expected or ""

    async def _try(self, attempt: Attempt, password: str, expected: str | None) -> bool:
        """Compute the slow hash, and record how the attempt ended."""
        if not await verify_password(password, expected):
            await self._throttle.wrong(attempt)
            return False
        await self._throttle.right(attempt)
        return True

    def _record_refusal(self, event: SecurityEvent, user_id: str, caller: Caller | None, client: Client) -> None:
        """Record a refusal in the security log."""
        account = caller.account_id if caller is not None else None
        record(event, account=account, claimed=self._throttle.pseudonym(user_id), address=client.address)
