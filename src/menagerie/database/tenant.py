"""What a transaction must know about a store, and why it may be refused."""

from typing import Protocol

from menagerie.database.nodes import TenantReference
from menagerie.errors import DomainError, HttpError

_RETRY_AFTER_SECONDS = 60


class Tenant(TenantReference, Protocol):
    """What a transaction must know about a store; only a value read from the platform schema has it."""

    @property
    def role(self) -> str:
        """The role that may use only that schema."""
        ...

    @property
    def revision(self) -> str:
        """How far the schema is migrated."""
        ...


class StoreGoneError(DomainError):
    """The store was deleted while it was in use; retrying does not help."""


class StoreNotMigratedError(HttpError):
    """The store could not be migrated to this version; `menagerie migrate status` shows why."""

    status = 503
    code = "UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "This store is being brought up to date. Please come back later.",
            headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )
