"""Stores, and the rules for their slugs."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from menagerie.cache.namespace import Namespace
from menagerie.secrets.envelope import DataKey

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MIN_SLUG_LENGTH, _MAX_SLUG_LENGTH = 3, 40
# Words that could be mistaken for part of the platform in an address or in credentials.
RESERVED_SLUGS = frozenset(
    [
        "admin",
        "api",
        "assets",
        "graphql",
        "health",
        "help",
        "login",
        "logout",
        "menagerie",
        "merchant",
        "metrics",
        "operator",
        "platform",
        "public",
        "root",
        "signin",
        "signup",
        "static",
        "status",
        "store",
        "storefront",
        "stores",
        "support",
        "system",
        "www",
    ]
)


@dataclass(frozen=True)
class Store:
    """A tenant, read from the platform schema. Only a `Store` can open a transaction in its schema."""

    id: UUID
    slug: str
    name: str
    description: str
    welcome: str
    accent: str
    """A colour as #rrggbb; empty if the store has none of its own."""
    time_zone: str
    schema: str
    role: str
    revision: str
    sign_up_open: bool
    closed_at: datetime | None
    """When its merchant closed it to customers."""
    suspended_at: datetime | None
    """When the operator suspended it for everybody."""
    created_at: datetime
    key: DataKey = field(repr=False, compare=False)

    @property
    def open(self) -> bool:
        """Whether customers may use it."""
        return self.closed_at is None and not self.suspended

    @property
    def suspended(self) -> bool:
        """Whether nobody may use it."""
        return self.suspended_at is not None

    @cached_property
    def namespace(self) -> Namespace:
        """The store's cache namespace."""
        return Namespace(self.id)


@dataclass(frozen=True, slots=True)
class NewStore:
    """What a merchant or an operator enters about a new store."""

    slug: str
    name: str
    description: str = ""
    time_zone: str = "UTC"
    welcome: str = ""
    accent: str = ""


@dataclass(frozen=True, slots=True)
class StoreChanges:
    """Changes to a store; None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    welcome: str | None = None
    accent: str | None = None
    time_zone: str | None = None
    open: bool | None = None
    sign_up_open: bool | None = None


class Actor(NamedTuple):
    """Who makes a change: an account, and its name in the audit log."""

    account_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """A store was created, changed, suspended, resumed or deleted; caches must read it again."""

    store_id: UUID


def problem_with_slug(slug: str) -> str | None:
    """A sentence about what is wrong with a slug, or None."""
    if not _MIN_SLUG_LENGTH <= len(slug) <= _MAX_SLUG_LENGTH:
        return f"Choose an address of {_MIN_SLUG_LENGTH} to {_MAX_SLUG_LENGTH} characters."
    if not _SLUG.fullmatch(slug):
        return (
            "Use only lowercase letters a to z, digits and single hyphens between them, starting with a letter, "
            "as in happy-paws."
        )
    if slug in RESERVED_SLUGS:
        return f"The address {slug} is reserved. Choose another."
    return None


def schema_name(slug: str) -> str:
    """The schema of the store with this slug."""
    return "store_" + slug.replace("-", "_")


def role_name(slug: str, store_id: UUID) -> str:
    """The role of a store. Roles are global to a database server, so the id keeps two installations apart."""
    return f"{schema_name(slug)}_{store_id.hex[-8:]}"
