"""Callers, their roles and their accounts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from menagerie.stores.models import Store


class Role(StrEnum):
    """The kinds of accounts."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated account; `store` is None for a merchant at platform level."""

    role: Role
    account_id: UUID
    store: Store | None
    token_hash: bytes | None = None
    expires_at: datetime | None = None

    @property
    def actor(self) -> str:
        """The caller's name in the audit log."""
        return f"{self.role.value}:{self.account_id}"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, unsealed."""

    id: UUID
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant's account."""

    id: UUID
    login: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """An account's password, tokens or state changed; cached credentials are no longer valid."""

    account_id: UUID
    store_id: UUID | None
    """The customer's store; None for a merchant."""
