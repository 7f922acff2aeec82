"""Creating and deleting a store: one prepared list of statements, pipelined, in one transaction.

A store never half exists: schema, tables, role, grants, store row, wrapped data key and ownership appear together.
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from uuid_utils.compat import uuid7

from menagerie.database.citus.settings import PLACE_NEW_SCHEMAS
from menagerie.database.grants import store_grants
from menagerie.database.privileges import SERVER_ROLE
from menagerie.database.revisions import STORES_REVISION
from menagerie.database.session import Statement, WriteSession, scope
from menagerie.database.tables import stores as store_tables
from menagerie.errors import DomainError
from menagerie.stores.details import checked_new
from menagerie.stores.models import NewStore, Store, StoreChanged, role_name, schema_name
from menagerie.stores.service import Stores


@dataclass(frozen=True, slots=True)
class _Ownership:
    store_id: UUID


class SlugTakenError(DomainError):
    """Another store has this address; choose another."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The address {slug} is taken. Choose another.")


class TooManyStoresError(DomainError):
    """The merchant has as many stores as they may open; an operator can create more."""

    def __init__(self, max_stores: int) -> None:
        super().__init__(f"You have {max_stores} stores, the most that you may open. Ask the operator for more.")


async def create_store(stores: Stores, wanted: NewStore, *, merchant_id: UUID, max_stores: int | None = None) -> Store:
    """Create a store that belongs to the merchant.

    Args:
        stores: the service of the stores.
        wanted: the store's details.
        merchant_id: who the store belongs to.
        max_stores: how many stores the merchant may have, if there is a limit.

    Raises:
        TooManyStoresError: if the merchant already has that many.
        StoreInvalidError: if a field is invalid.
        SlugTakenError: if another store has the slug.
        OwnerRequiredError: if this process does not have the owner's database URL.
    """
    wanted = checked_new(wanted)
    store_id = uuid7()

    async def work(session: WriteSession) -> None:
        if max_stores is not None:
            # Locked, so that two concurrent requests don't both find room for the last one.
            await session.execute("SELECT FROM platform.merchant WHERE id = %s FOR NO KEY UPDATE", (merchant_id,))
            owned = await session.fetch(
                _Ownership, "SELECT store_id FROM platform.ownership WHERE merchant_id = %s", (merchant_id,)
            )
            if len(owned) >= max_stores:
                raise TooManyStoresError(max_stores)
        for taken in (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateSchema):
            session.translate(taken, SlugTakenError(wanted.slug))
        await session.execute_composed(making_statements(wanted.slug, store_id))
        await session.execute(
            "INSERT INTO platform.store (id, slug, name, description, welcome, accent, time_zone, schema_name, "
            "role_name, revision) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                store_id,
                wanted.slug,
                wanted.name,
                wanted.description,
                wanted.welcome,
                wanted.accent,
                wanted.time_zone,
                schema_name(wanted.slug),
                role_name(wanted.slug, store_id),
                STORES_REVISION,  # of this code, even if the migration files have changed since
            ),
        )
        await session.execute(
            "INSERT INTO platform.data_key (store_id, wrapped) VALUES (%s, %s)",
            (store_id, stores.keys.new_data_key(store_id)),
        )
        await session.execute(
            "INSERT INTO platform.ownership (merchant_id, store_id) VALUES (%s, %s)", (merchant_id, store_id)
        )
        session.publish(StoreChanged(store_id))

    await stores.database.write_as_owner(work)
    return await stores.get(wanted.slug)


async def delete_store(stores: Stores, store: Store) -> None:
    """Delete a store and its wrapped data key.

    The deletion is recorded, so that the next backup removes the store's key from the storage, which makes what
    remains of the store there unreadable. The store is suspended first, so that new requests are refused while the
    last ones finish.
    """
    await stores.suspend(store)

    async def work(session: WriteSession) -> None:
        await session.execute("DELETE FROM platform.store WHERE id = %s", (store.id,))
        await session.execute("INSERT INTO platform.deleted_store (id) VALUES (%s)", (store.id,))
        await session.execute_composed(
            [
                sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(store.schema)),
                sql.SQL("DROP ROLE {}").format(sql.Identifier(store.role)),
            ]
        )
        session.publish(StoreChanged(store.id))

    await stores.database.write_as_owner(work)


def making_statements(slug: str, store_id: UUID) -> list[Statement]:
    """The statements that create a store's role, schema and tables, with their privileges."""
    schema, role = schema_name(slug), role_name(slug, store_id)
    return [*role_statements(role), *schema_statements(schema, role), *_tables(), *store_grants(role)]


def role_statements(role: str) -> list[Statement]:
    """The statements that create a store's role, which the server may assume."""
    return [
        sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)),
        sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(SERVER_ROLE)),
    ]


def schema_statements(schema: str, role: str) -> list[Statement]:
    """The statements that create a schema for the role; later ones in the transaction run inside it."""
    return [
        sql.SQL(PLACE_NEW_SCHEMAS),
        sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)),
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), sql.Identifier(role)),
        *scope(None, schema),
    ]


@cache
def _tables() -> tuple[sql.SQL, ...]:
    """The statements for tables and indexes, compiled once."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # an untyped library
    return tuple(
        sql.SQL(str(element.compile(dialect=dialect)).strip())  # type: ignore[arg-type]  # compiled from our tables
        for table in store_tables.sorted_tables
        for element in (CreateTable(table), *(CreateIndex(i) for i in sorted(table.indexes, key=lambda i: str(i.name))))
    )
