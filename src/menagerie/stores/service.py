"""Finding, changing, suspending and resuming stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import LiteralString
from uuid import UUID

from menagerie.database.session import Database, ReadSession, WriteSession
from menagerie.errors import DomainError
from menagerie.secrets.envelope import MasterKeys
from menagerie.stores.audit import audit
from menagerie.stores.details import checked_changes
from menagerie.stores.models import Store, StoreChanged, StoreChanges, problem_with_slug

_COLUMNS = """
    s.id, s.slug, s.name, s.description, s.welcome, s.accent, s.time_zone, s.schema_name, s.role_name, s.revision,
    s.sign_up_open, s.closed_at, s.suspended_at, s.created_at, k.wrapped
"""
_FROM = f"SELECT {_COLUMNS} FROM platform.store s JOIN platform.data_key k ON k.store_id = s.id"


class StoreNotFoundError(DomainError):
    """No store has this slug; `menagerie store list` shows the existing ones."""

    def __init__(self, slug: str, slugs: Sequence[str]) -> None:
        similar = get_close_matches(slug, slugs, 1)
        hint = f"Did you mean {similar[0]}?" if similar else "`menagerie store list` shows the existing ones."
        super().__init__(f"There is no store {slug!r}. {hint}")


@dataclass(frozen=True, slots=True)
class _Slug:
    slug: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    slug: str
    name: str
    description: str
    welcome: str
    accent: str
    time_zone: str
    schema_name: str
    role_name: str
    revision: str
    sign_up_open: bool
    closed_at: datetime | None
    suspended_at: datetime | None
    created_at: datetime
    wrapped: bytes


class Stores:
    """The stores of the platform, with their data keys unwrapped."""

    def __init__(self, database: Database, keys: MasterKeys) -> None:
        self.database = database
        self.keys = keys

    async def find(self, slug: str) -> Store | None:
        """The store with this slug."""
        if problem_with_slug(slug) is not None:
            return None  # the database rejects some of what people type, such as NUL
        row = await self.database.read_platform(
            lambda session: session.finish_one(_Row, f"{_FROM} WHERE s.slug = %s", (slug,))
        )
        return self._store(row) if row else None

    async def get(self, slug: str) -> Store:
        """The store with this slug.

        Raises:
            StoreNotFoundError: if there is none.
        """
        store = await self.find(slug)
        if store is None:
            slugs = await self.database.read_platform(
                lambda session: session.finish(_Slug, "SELECT slug FROM platform.store")
            )
            raise StoreNotFoundError(slug, [each.slug for each in slugs])
        return store

    async def all(self) -> list[Store]:
        """Every store, oldest first."""
        rows = await self.database.read_platform(lambda session: session.finish(_Row, f"{_FROM} ORDER BY s.id"))
        return [self._store(row) for row in rows]

    async def of_merchant(self, merchant_id: UUID) -> list[Store]:
        """The stores that a merchant owns, oldest first."""
        statement = f"{_FROM} JOIN platform.ownership o ON o.store_id = s.id WHERE o.merchant_id = %s ORDER BY s.id"
        rows = await self.database.read_platform(lambda session: session.finish(_Row, statement, (merchant_id,)))
        return [self._store(row) for row in rows]

    async def change(self, store: Store, changes: StoreChanges, *, actor: str) -> Store:
        """Change the store's details, with immediate effect for everybody, and return the changed store.

        The details are in the platform schema and the audit log is in the store's own, which may be on another server:
        a crash between the two leaves a change without an audit record, never a record without a change.

        Raises:
            StoreInvalidError: listing every invalid field; nothing is changed.
        """
        wanted = checked_changes(changes)

        async def work(session: WriteSession) -> None:
            await session.execute(
                "UPDATE platform.store SET name = coalesce(%s, name), description = coalesce(%s, description), "
                "welcome = coalesce(%s, welcome), accent = coalesce(%s, accent), time_zone = coalesce(%s, time_zone), "
                "sign_up_open = coalesce(%s, sign_up_open), closed_at = CASE %s::boolean WHEN true THEN NULL "
                "WHEN false THEN coalesce(closed_at, now()) ELSE closed_at END WHERE id = %s",
                (
                    wanted.name,
                    wanted.description,
                    wanted.welcome,
                    wanted.accent,
                    wanted.time_zone,
                    wanted.sign_up_open,
                    wanted.open,
                    store.id,
                ),
            )
            session.publish(StoreChanged(store.id))

        await self.database.write_platform(work)
        await self.database.write(store, lambda session: audit(session, actor, "store changed", store.id))
        return await self.get(store.slug)

    async def suspend(self, store: Store) -> None:
        """Refuse customers and merchants until the store is resumed."""
        await self._update(
            store, "UPDATE platform.store SET suspended_at = coalesce(suspended_at, now()) WHERE id = %s"
        )

    async def resume(self, store: Store) -> None:
        """Lift the store's suspension."""
        await self._update(store, "UPDATE platform.store SET suspended_at = NULL WHERE id = %s")

    async def _update(self, store: Store, statement: LiteralString) -> None:
        async def work(session: WriteSession) -> None:
            await session.execute(statement, (store.id,))
            session.publish(StoreChanged(store.id))

        await self.database.write_as_owner(work)

    def _store(self, row: _Row) -> Store:
        return Store(
            id=row.id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            welcome=row.welcome,
            accent=row.accent,
            time_zone=row.time_zone,
            schema=row.schema_name,
            role=row.role_name,
            revision=row.revision,
            sign_up_open=row.sign_up_open,
            closed_at=row.closed_at,
            suspended_at=row.suspended_at,
            created_at=row.created_at,
            key=self.keys.unwrap(row.wrapped, row.id),
        )


async def owner_logins(session: ReadSession, store_id: UUID) -> Sequence[str]:
    """Fetch the logins of the merchants who own the store. Ends the session."""
    rows = await session.finish(
        _Login,
        "SELECT m.login FROM platform.merchant m JOIN platform.ownership o ON o.merchant_id = m.id "
        "WHERE o.store_id = %s ORDER BY m.login",
        (store_id,),
    )
    return [row.login for row in rows]


@dataclass(frozen=True, slots=True)
class _Login:
    login: str
