"""Access tokens: what a customer's page sends instead of the password. Only their hashes are stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from menagerie.accounts.models import AccountChanged, Caller
from menagerie.database.session import ReadSession, WriteSession
from menagerie.secrets.passwords import TOKEN_PREFIX
from menagerie.stores.models import Store

_RANDOM_BYTES = 32
MAX_TOKENS = 50
"""How many tokens a customer may have. Issuing one more revokes the oldest."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A valid token."""

    customer_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, in plain text; only its hash is stored."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Expiry:
    expires_at: datetime


def token_hash(token: str) -> bytes:
    """The hash under which a token is stored. Tokens are random, so a fast hash suffices."""
    return hashlib.sha256(token.encode()).digest()


async def issue(session: WriteSession, store: Store, customer_id: UUID, *, hours: int) -> Issued:
    """Issue a token for the customer. Deletes expired ones, and the oldest beyond the limit. Ends the session."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    deleted = await session.send(
        _Expiry,
        "DELETE FROM access_token WHERE customer_id = %s AND (expires_at < now() OR hash IN "
        "(SELECT hash FROM access_token WHERE customer_id = %s ORDER BY created_at DESC, hash OFFSET %s)) "
        "RETURNING expires_at",
        (customer_id, customer_id, MAX_TOKENS - 1),
    )
    row = await session.finish(
        _Expiry,
        "INSERT INTO access_token (hash, customer_id, expires_at) VALUES (%s, %s, now() + make_interval(hours => %s)) "
        "RETURNING expires_at",
        (token_hash(token), customer_id, hours),
    )
    # Derived from the new token's expiry, because Citus allows no comparison with now() in RETURNING.
    now = row[0].expires_at - timedelta(hours=hours)
    if any(each.expires_at > now for each in await deleted.rows()):
        session.publish(AccountChanged(customer_id, store.id))
    return Issued(token, row[0].expires_at)


async def revoke(session: WriteSession, store: Store, caller: Caller) -> bool:
    """Revoke the token that the caller authenticated with. False if they used the password."""
    if caller.token_hash is None:
        return False
    await session.execute("DELETE FROM access_token WHERE hash = %s", (caller.token_hash,))
    session.publish(AccountChanged(caller.account_id, store.id))
    return True


async def revoke_all(session: WriteSession, store: Store, customer_id: UUID) -> None:
    """Revoke all of the customer's tokens."""
    await session.execute("DELETE FROM access_token WHERE customer_id = %s", (customer_id,))
    session.publish(AccountChanged(customer_id, store.id))


async def find(session: ReadSession, email_index: bytes, token: str) -> TokenRow | None:
    """Find a valid token of the customer with this email address. Ends the session."""
    return await session.finish_one(
        TokenRow,
        "SELECT t.customer_id, t.expires_at FROM access_token t JOIN customer c ON c.id = t.customer_id "
        "WHERE t.hash = %s AND c.email_index = %s AND t.expires_at > now()",
        (token_hash(token), email_index),
    )
