"""Credentials that were right a short while ago, so that the slow hash and the look-ups are spared.

A caller is remembered by keyed hash of the header, under versions that change at once when the password, a token, the
account or the store does. Without Valkey nothing can say that they did not, and nobody is remembered.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from menagerie.accounts.credentials import Credentials, basic_header
from menagerie.accounts.models import Caller, Role
from menagerie.accounts.tokens import Issued, token_hash
from menagerie.cache.memory import ttl_cache
from menagerie.cache.namespace import PLATFORM, Namespace
from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.stores.store_cache import SUBJECT as STORE_SUBJECT

_MAX_CALLERS = 20_000


def account_subject(account_id: object) -> str:
    """The name under which an account's version is kept."""
    return f"account:{account_id}"


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller who may come in.

    `versions` are those of the further subjects that were asked for, taken before the store was looked at, so that
    nothing that is kept under them is newer than it says. None: nothing may be taken from what is kept.
    """

    caller: Caller
    versions: tuple[Version | None, ...]


@dataclass(frozen=True, slots=True)
class _CachedCaller:
    caller: Caller
    proven_by: Sequence[tuple[Namespace, str]]
    proof: tuple[Version, ...]


class CallerCache:
    """Callers by their Authorization header, for as long as what proved them is true."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._secret = secrets.token_bytes(32)
        self._callers = ttl_cache(bytes, _CachedCaller, max_size=_MAX_CALLERS, seconds=LIFETIME_SECONDS)

    def fingerprint(self, authorization: str | None) -> bytes:
        """The keyed hash that stands for a header; headers themselves are not kept."""
        return hmac.digest(self._secret, (authorization or "").encode(), hashlib.sha256)

    async def find(self, fingerprint: bytes, subjects: Sequence[str] = ()) -> Admission | None:
        """Who these credentials are of, if that is remembered and still true.

        Args:
            fingerprint: of the header.
            subjects: further subjects of the caller's store whose versions are wanted, in the same round trip.
        """
        known = self._callers.get(fingerprint)
        if known is None or _expired(known.caller):
            return None
        store = known.caller.store
        # In this order: the further subjects' versions before the store's.
        wanted = [(store.namespace, subject) for subject in subjects] if store is not None else []
        further = len(wanted)
        versions = tuple(await self._versions.current_many([*wanted, *known.proven_by]))
        return Admission(known.caller, versions[:further]) if versions[further:] == known.proof else None

    async def proof(self, caller: Caller) -> tuple[Version, ...] | None:
        """The versions of now of all that proves a caller; None where they can't be known."""
        versions = await self._versions.current_many(_proven_by(caller))
        proof = tuple(version for version in versions if version is not None)
        return proof if len(proof) == len(versions) else None

    def remember_token(self, fingerprint: bytes, credentials: Credentials, issued: Issued) -> None:
        """Remember a token that was issued to the caller with this fingerprint, while their own proof is true."""
        known = self._callers.get(fingerprint)
        if known is not None:
            header = basic_header(replace(credentials, password=issued.token))
            caller = replace(known.caller, token_hash=token_hash(issued.token), expires_at=issued.expires_at)
            self.remember(self.fingerprint(header), caller, known.proof)

    def remember(self, fingerprint: bytes, caller: Caller, proof: tuple[Version, ...]) -> None:
        """Remember a caller who was found after these versions had been taken."""
        self._callers[fingerprint] = _CachedCaller(caller, _proven_by(caller), proof)


def _proven_by(caller: Caller) -> list[tuple[Namespace, str]]:
    """The subjects whose changes may make what proved a caller untrue."""
    account = account_subject(caller.account_id)
    if caller.store is None:
        return [(PLATFORM, account)]
    home = caller.store.namespace if caller.role is Role.CUSTOMER else PLATFORM
    return [(home, account), (caller.store.namespace, STORE_SUBJECT)]


def _expired(caller: Caller) -> bool:
    return caller.expires_at is not None and caller.expires_at <= datetime.now(UTC)
