"""Merchants: platform accounts created by operators. They are known by a login and hold no personal data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from menagerie.accounts.credentials import MERCHANT_LOGIN
from menagerie.accounts.models import AccountChanged, Merchant
from menagerie.database.session import ReadSession, WriteSession
from menagerie.errors import DomainError
from menagerie.secrets.passwords import new_password_hash


class MerchantInvalidError(DomainError):
    """The login or password is not acceptable; choose another."""


class MerchantNotFoundError(DomainError):
    """There is no merchant with this login; create one with `menagerie merchant create`."""


@dataclass(frozen=True, slots=True)
class MerchantSecret:
    """The hash that a merchant's password is checked against, and whether they may use a store."""

    id: UUID
    password_hash: str
    disabled_at: datetime | None
    owns: bool


@dataclass(frozen=True, slots=True)
class MerchantSummary:
    """A merchant and the slugs of their stores."""

    id: UUID
    login: str
    disabled_at: datetime | None
    created_at: datetime
    stores: list[str]


@dataclass(frozen=True, slots=True)
class NewMerchant:
    """A validated account to create, with its password hashed."""

    login: str
    password_hash: str


async def new_merchant(login: str, password: str) -> NewMerchant:
    """Validate the login and hash the password, before opening a transaction.

    Raises:
        MerchantInvalidError: if the login is not acceptable.
        PasswordInvalidError: if the password is not acceptable.
    """
    if not MERCHANT_LOGIN.fullmatch(login):
        raise MerchantInvalidError(
            "A login has 3 to 32 lowercase letters, digits and hyphens, starting with a letter, as in merlin."
        )
    return NewMerchant(login, await new_password_hash(password))


async def create_merchant(session: WriteSession, new: NewMerchant) -> Merchant:
    """Create a merchant's account, in a session of the owner.

    Raises:
        MerchantInvalidError: if the login is taken.
    """
    merchant = Merchant(uuid7(), new.login, None)
    taken = MerchantInvalidError(f"There is already a merchant {new.login}. Choose another login.")
    session.translate(psycopg.errors.UniqueViolation, taken)
    await session.execute(
        "INSERT INTO platform.merchant (id, login, password_hash) VALUES (%s, %s, %s)",
        (merchant.id, new.login, new.password_hash),
    )
    return merchant


async def change_password(session: WriteSession, login: str, password_hash: str) -> Merchant:
    """Set a new password for a merchant, in a session of the owner; the old one stops working at once.

    Returns:
        the merchant; a disabled one stays disabled.

    Raises:
        MerchantNotFoundError: if there is no such merchant.
    """
    merchant = await get_merchant(session, login)
    await session.execute("UPDATE platform.merchant SET password_hash = %s WHERE id = %s", (password_hash, merchant.id))
    session.publish(AccountChanged(merchant.id, None))
    return merchant


async def disable(session: WriteSession, login: str) -> Merchant:
    """Disable a merchant's account, in a session of the owner.

    Raises:
        MerchantNotFoundError: if there is no such merchant.
    """
    merchant = await get_merchant(session, login)
    await session.execute(
        "UPDATE platform.merchant SET disabled_at = coalesce(disabled_at, now()) WHERE id = %s", (merchant.id,)
    )
    session.publish(AccountChanged(merchant.id, None))
    return merchant


async def enable(session: WriteSession, login: str) -> Merchant:
    """Enable a merchant's account that was disabled, in a session of the owner.

    Raises:
        MerchantNotFoundError: if there is no such merchant.
    """
    merchant = await get_merchant(session, login)
    await session.execute("UPDATE platform.merchant SET disabled_at = NULL WHERE id = %s", (merchant.id,))
    session.publish(AccountChanged(merchant.id, None))
    return merchant


async def get_merchant(session: ReadSession, login: str) -> Merchant:
    """The merchant with this login.

    Raises:
        MerchantNotFoundError: if there is none.
    """
    merchant = await session.fetch_one(
        Merchant, "SELECT id, login, disabled_at FROM platform.merchant WHERE login = %s", (login,)
    )
    if merchant is None:
        raise MerchantNotFoundError(f"There is no merchant {login!r}. `menagerie merchant create {login}` creates one.")
    return merchant


async def list_merchants(session: ReadSession) -> list[MerchantSummary]:
    """List all merchants, ordered by login."""
    return await session.finish(
        MerchantSummary,
        "SELECT m.id, m.login, m.disabled_at, m.created_at, "
        "coalesce(array_agg(s.slug ORDER BY s.slug) FILTER (WHERE s.slug IS NOT NULL), '{}') AS stores "
        "FROM platform.merchant m LEFT JOIN platform.ownership o ON o.merchant_id = m.id "
        "LEFT JOIN platform.store s ON s.id = o.store_id GROUP BY m.id ORDER BY m.login",
    )


async def find_secret(session: ReadSession, login: str, store_id: UUID | None) -> MerchantSecret | None:
    """Find the merchant's password hash, and whether the store is theirs. Ends the session."""
    return await session.finish_one(
        MerchantSecret,
        "SELECT m.id, m.password_hash, m.disabled_at, EXISTS (SELECT FROM platform.ownership o "
        "WHERE o.merchant_id = m.id AND o.store_id = %s) AS owns FROM platform.merchant m WHERE m.login = %s",
        (store_id, login),
    )
