"""Every table, defined once, in SQLAlchemy Core. Tests prove that the migrations build exactly these.

A table's `info["grants"]` are the privileges of the role that works with it: the store's own role in a store's
schema, the server's login role in the platform schema.
"""

from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

PLATFORM_SCHEMA = "platform"

_names = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_name)s_idx",
}

SEALED: dict[str, object] = {"sealed": True}
"""Of a column that is encrypted with the store's data key, for its row: the primary key, joined by slashes."""

platform = MetaData(schema=PLATFORM_SCHEMA, naming_convention=_names)
stores = MetaData(naming_convention=_names)


def _created_at() -> "Column[object]":
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


revision = Table(
    "revision",
    platform,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("version", Text, nullable=False, doc="Of the platform's lineage of migrations."),
    CheckConstraint("single", name="single"),
    info={"grants": "SELECT"},
)

# A restored installation is another one, with an id of its own.
installation = Table(
    "installation",
    platform,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
    Column("restoring", Text, doc="The backup that is being restored, as a whole; empty once that is done."),
    CheckConstraint("single", name="single"),
    info={"grants": "SELECT"},
)

store = Table(
    "store",
    platform,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("schema_name", Text, nullable=False, unique=True),
    Column("role_name", Text, nullable=False, unique=True),
    Column("revision", Text, nullable=False, doc="Of the stores' lineage of migrations."),
    Column("sign_up_open", Boolean, nullable=False, server_default=text("true")),
    Column("suspended_at", DateTime(timezone=True)),
    _created_at(),
    Column("welcome", Text, nullable=False, server_default=text("''")),
    Column("accent", Text, nullable=False, server_default=text("''"), doc="A colour as #rrggbb, or empty."),
    Column("closed_at", DateTime(timezone=True)),
    # What a merchant may change; the rest of the row determines where the store is, and only the owner may change it.
    info={
        "grants": "SELECT, UPDATE (name, description, time_zone, sign_up_open, welcome, accent, closed_at)",
    },
)

data_key = Table(
    "data_key",
    platform,
    Column[UUID]("store_id", ForeignKey(store.c.id, ondelete="CASCADE"), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False, doc="AES-256-GCM under a master key."),
    info={"grants": "SELECT"},
)

merchant = Table(
    "merchant",
    platform,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    _created_at(),
    info={"grants": "SELECT"},
)

ownership = Table(
    "ownership",
    platform,
    Column[UUID]("merchant_id", ForeignKey(merchant.c.id, ondelete="CASCADE"), primary_key=True),
    Column[UUID]("store_id", ForeignKey(store.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    info={"grants": "SELECT"},
)

# Tells backups whose keys to destroy: a store that is merely missing may have been lost.
deleted_store = Table(
    "deleted_store",
    platform,
    Column("id", Uuid, primary_key=True),
    Column("deleted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info={"grants": "SELECT"},
)

# A store's row is deleted once the store is migrated.
failed_migration = Table(
    "failed_migration",
    platform,
    Column[UUID]("store_id", ForeignKey(store.c.id, ondelete="CASCADE"), primary_key=True),
    Column("target", Text, nullable=False, doc="The revision of the stores' lineage that it could not reach."),
    Column("reason", Text, nullable=False),
    Column("failed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info={"grants": "SELECT"},
)

overdue_version = Table(
    "overdue_version",
    platform,
    Column("id", Uuid, primary_key=True),
    Column("store_id", Uuid, doc="Whose cached data it is about; null for the platform's. The store may be gone."),
    Column("subject", Text, nullable=False),
    _created_at(),
    info={"grants": "SELECT, INSERT, DELETE"},
)

picture = Table(
    "picture",
    stores,
    Column("id", Uuid, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("placeholder", Text, nullable=False),
    _created_at(),
    info={"grants": "SELECT, INSERT"},
)

picture_rendition = Table(
    "picture_rendition",
    stores,
    Column[UUID]("picture_id", ForeignKey(picture.c.id), primary_key=True),
    Column("size", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False, doc="WebP.", info=SEALED),
    CheckConstraint("size IN ('thumbnail', 'card', 'full')", name="size"),
    info={"grants": "SELECT, INSERT"},
)

pet = Table(
    "pet",
    stores,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("species", Text, nullable=False),
    Column("age_years", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column[UUID]("picture_id", ForeignKey(picture.c.id), nullable=False, index=True),
    _created_at(),
    Column("sold_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True)),
    Column("breeder_name", LargeBinary, nullable=False, info=SEALED),
    Column("breeder_email", LargeBinary, nullable=False, info=SEALED),
    Column(
        "search",
        TSVECTOR,
        # The parser takes "Mr.Whiskers" for a host and "tom/tabby" for a path; spaces instead of the marks split words.
        Computed(
            "to_tsvector('simple'::regconfig, translate(name || ' ' || description, './:@_&=?#+~-', '            '))",
            persisted=True,
        ),
        nullable=False,
    ),
    CheckConstraint("species IN ('CAT', 'DOG', 'FROG')", name="species"),
    CheckConstraint("age_years >= 0", name="age_years"),
    CheckConstraint("sold_at IS NULL OR removed_at IS NULL", name="availability"),
    info={"grants": "SELECT, INSERT, UPDATE"},
)

_available = (pet.c.sold_at.is_(None)) & (pet.c.removed_at.is_(None))
Index("pet_available_newest_idx", pet.c.id, postgresql_where=_available)
Index("pet_available_species_idx", pet.c.species, pet.c.id, postgresql_where=_available)
Index("pet_available_name_idx", func.lower(pet.c.name), pet.c.id, postgresql_where=_available)
Index("pet_available_age_idx", pet.c.age_years, pet.c.id, postgresql_where=_available)
Index("pet_search_idx", pet.c.search, postgresql_using="gin")
Index("pet_sold_idx", pet.c.sold_at, pet.c.id, postgresql_where=pet.c.sold_at.is_not(None))

customer = Table(
    "customer",
    stores,
    Column("id", Uuid, primary_key=True),
    Column("email_index", LargeBinary, nullable=False, unique=True, info={"blind_index_of": "email"}),
    Column("email", LargeBinary, nullable=False, info=SEALED),
    Column("name", LargeBinary, nullable=False, info=SEALED),
    Column("password_hash", Text, nullable=False),
    _created_at(),
    info={"grants": "SELECT, INSERT, UPDATE"},
)

access_token = Table(
    "access_token",
    stores,
    Column("hash", LargeBinary, primary_key=True, doc="SHA-256 of the token."),
    Column[UUID]("customer_id", ForeignKey(customer.c.id), nullable=False, index=True),
    _created_at(),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    info={"grants": "SELECT, INSERT, DELETE"},
)

cart_item = Table(
    "cart_item",
    stores,
    Column[UUID]("customer_id", ForeignKey(customer.c.id), primary_key=True),
    Column[UUID]("pet_id", ForeignKey(pet.c.id), primary_key=True, index=True),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    info={"grants": "SELECT, INSERT, DELETE"},
)

purchase = Table(
    "purchase",
    stores,
    Column("id", Uuid, primary_key=True),
    Column[UUID]("customer_id", ForeignKey(customer.c.id), nullable=False),
    Column("purchased_at", DateTime(timezone=True), nullable=False),
    Index("purchase_customer_idx", "customer_id", "id"),
    info={"grants": "SELECT, INSERT"},
)

purchase_item = Table(
    "purchase_item",
    stores,
    Column[UUID]("pet_id", ForeignKey(pet.c.id), primary_key=True, doc="The whole primary key: a pet is sold once."),
    Column[UUID]("purchase_id", ForeignKey(purchase.c.id), nullable=False, index=True),
    info={"grants": "SELECT, INSERT"},
)

idempotency = Table(
    "idempotency",
    stores,
    Column("account_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False, doc="Of the request under this key."),
    Column("result_id", Uuid, nullable=False),
    _created_at(),
    info={"grants": "SELECT, INSERT, DELETE"},
)

audit_event = Table(
    "audit_event",
    stores,
    Column("id", Uuid, primary_key=True),
    _created_at(),
    Column("actor", Text, nullable=False, doc="Role and id of the account, or 'operator'."),
    Column("action", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    info={"grants": "INSERT"},
)
