"""Idempotency: something is done once, however often the request for it arrives.

An intent claims its key with the id of what it is about to create, in the same transaction that creates it. Of two
concurrent requests, the second waits for the first at the table's primary key and then finds what it created.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from menagerie.database.session import Pending, WriteSession
from menagerie.errors import InvalidArgumentError

_MAX_KEY_LENGTH = 100
_KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Intent:
    """What a caller wants to happen once; without a key, it happens on every request."""

    key: str | None
    fingerprint: bytes
    result_id: UUID
    """The id of the result, unless there is one already."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    fingerprint: bytes
    result_id: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """A pending claim on an intent's key."""

    intent: Intent
    pending: Pending[_Outcome] | None

    async def earlier(self) -> UUID | None:
        """The id of what the same intent created before; None if it has yet to be created.

        Raises:
            InvalidArgumentError: if the key was used for something else.
        """
        outcome = (await self.pending.rows())[0] if self.pending is not None else None
        if outcome is None or outcome.result_id == self.intent.result_id:
            return None
        if outcome.fingerprint != self.intent.fingerprint:
            raise InvalidArgumentError(
                "This idempotency key was used for something else. Use a new key for each intent.",
                code="IDEMPOTENCY_KEY_REUSED",
            )
        return outcome.result_id


def new_intent(key: str | None, *what: object) -> Intent:
    """Create the intent of a request; `what` distinguishes it from other intents with the same key.

    Raises:
        InvalidArgumentError: for a key that is empty, too long or not printable.
    """
    if key is not None and not (1 <= len(key) <= _MAX_KEY_LENGTH and key.isprintable()):
        raise InvalidArgumentError(
            f"An idempotency key has 1 to {_MAX_KEY_LENGTH} printable characters.", code="BAD_IDEMPOTENCY_KEY"
        )
    fingerprint = hashlib.sha256("\0".join(map(str, what)).encode()).digest()
    return Intent(key, fingerprint, uuid7())


async def claim(session: WriteSession, account_id: UUID, intent: Intent) -> Claim:
    """Claim the intent's key for the account, without waiting for the outcome yet. Old keys are deleted."""
    if intent.key is None:
        return Claim(intent, None)
    await session.execute(
        "DELETE FROM idempotency WHERE account_id = %s AND created_at < now() - make_interval(days => %s)",
        (account_id, _KEPT_DAYS),
    )
    await session.execute(
        "INSERT INTO idempotency (account_id, key, fingerprint, result_id) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (account_id, intent.key, intent.fingerprint, intent.result_id),
    )
    pending = await session.send(
        _Outcome,
        "SELECT fingerprint, result_id FROM idempotency WHERE account_id = %s AND key = %s",
        (account_id, intent.key),
    )
    return Claim(intent, pending)
