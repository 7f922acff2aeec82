"""A cache of recently verified credentials, which saves the slow hash and the look-ups.

Callers are cached by a keyed hash of the header, under versions that change as soon as the password, a token, the
account or the store does. Without Valkey nothing can prove the versions current, so no callers are remembered.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from menagerie.accounts.credentials import with_password
from menagerie.accounts.models import Caller, Role
from menagerie.accounts.tokens import Issued, token_hash
from menagerie.cache.memory import ttl_cache
from menagerie.cache.namespace import PLATFORM, Namespace
from menagerie.cache.version import LIFETIME_SECONDS, Version, Versions
from menagerie.stores.store_cache import SUBJECT as STORE_SUBJECT

_MAX_CALLERS = 20_000


def account_subject(account_id: object) -> str:
    """The subject of an account's version."""
    return f"account:{account_id}"


@dataclass(frozen=True, slots=True)
class Admission:
    """An admitted caller.

    `versions` are those of the further subjects that were requested. They are taken before the store is read, so that
    nothing is cached under a version newer than its data. None: nothing may be served from a cache.
    """

    caller: Caller
    versions: tuple[Version | None, ...]


@dataclass(frozen=True, slots=True)
class _CachedCaller:
    caller: Caller
    proven_by: Sequence[tuple[Namespace, str]]
    proof: tuple[Version, ...]


class CallerCache:
    """Callers by their Authorization header, for as long as their proof holds."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._secret = secrets.token_bytes(32)
        self._callers = ttl_cache(bytes, _CachedCaller, max_size=_MAX_CALLERS, seconds=LIFETIME_SECONDS)

    def fingerprint(self, authorization: str | None) -> bytes:
        """The keyed hash that stands for a header; the headers themselves are not kept."""
        return hmac.digest(self._secret, (authorization or "").encode(), hashlib.sha256)

    async def find(self, fingerprint: bytes, subjects: Sequence[str] = ()) -> Admission | None:
        """Find the caller with these credentials, if they are remembered and their proof still holds.

        Args:
            fingerprint: of the header.
            subjects: further subjects of the caller's store whose versions to fetch in the same round trip.
        """
        known = self._callers.get(fingerprint)
        if known is None or _expired(known.caller):
            return None
        store = known.caller.store
        # The order matters: the further subjects' versions before the store's.
        wanted = [(store.namespace, subject) for subject in subjects] if store is not None else []
        further = len(wanted)
        versions = tuple(await self._versions.current_many([*wanted, *known.proven_by]))
        return Admission(known.caller, versions[:further]) if versions[further:] == known.proof else None

    async def proof(self, caller: Caller) -> tuple[Version, ...] | None:
        """The current versions of everything that proves a caller; None if they are unknown."""
        versions = await self._versions.current_many(_proven_by(caller))
        proof = tuple(version for version in versions if version is not None)
        return proof if len(proof) == len(versions) else None

    def remember_token(self, authorization: str, issued: Issued) -> None:
        """Remember a token issued to the caller with this header, for as long as their own proof holds."""
        known = self._callers.get(self.fingerprint(authorization))
        if known is not None:
            header = with_password(authorization, issued.token)
            caller = replace(known.caller, token_hash=token_hash(issued.token), expires_at=issued.expires_at)
            self.remember(self.fingerprint(header), caller, known.proof)

    def remember(self, fingerprint: bytes, caller: Caller, proof: tuple[Version, ...]) -> None:
        """Remember a caller who was looked up after these versions were taken."""
        self._callers[fingerprint] = _CachedCaller(caller, _proven_by(caller), proof)


def _proven_by(caller: Caller) -> list[tuple[Namespace, str]]:
    """The subjects whose changes may invalidate a caller's proof."""
    account = account_subject(caller.account_id)
    if caller.store is None:
        return [(PLATFORM, account)]
    home = caller.store.namespace if caller.role is Role.CUSTOMER else PLATFORM
    return [(home, account), (caller.store.namespace, STORE_SUBJECT)]


def _expired(caller: Caller) -> bool:
    return caller.expires_at is not None and caller.expires_at <= datetime.now(UTC)
