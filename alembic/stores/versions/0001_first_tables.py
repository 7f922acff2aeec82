"""The first tables of a store's schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_event_pkey")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("customer_pkey")),
        sa.UniqueConstraint("email_index", name=op.f("customer_email_index_key")),
    )
    op.create_table(
        "idempotency",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("idempotency_pkey")),
    )
    op.create_table(
        "picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("placeholder", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("picture_pkey")),
    )
    op.create_table(
        "access_token",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("access_token_customer_id_fkey")),
        sa.PrimaryKeyConstraint("hash", name=op.f("access_token_pkey")),
    )
    op.create_index(op.f("access_token_customer_id_idx"), "access_token", ["customer_id"], unique=False)
    op.create_table(
        "pet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("age_years", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("picture_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breeder_name", sa.LargeBinary(), nullable=False),
        sa.Column("breeder_email", sa.LargeBinary(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('simple'::regconfig, "
                "translate(name || ' ' || description, './:@_&=?#+~-', '            '))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("species IN ('CAT', 'DOG', 'FROG')", name=op.f("pet_species_check")),
        sa.CheckConstraint("age_years >= 0", name=op.f("pet_age_years_check")),
        sa.CheckConstraint("sold_at IS NULL OR removed_at IS NULL", name=op.f("pet_availability_check")),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name=op.f("pet_picture_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("pet_pkey")),
    )
    op.create_index(
        "pet_available_age_idx",
        "pet",
        ["age_years", "id"],
        unique=False,
        postgresql_where=sa.text("sold_at IS NULL AND removed_at IS NULL"),
    )
    op.create_index(
        "pet_available_name_idx",
        "pet",
        [sa.literal_column("lower(name)"), "id"],
        unique=False,
        postgresql_where=sa.text("sold_at IS NULL AND removed_at IS NULL"),
    )
    op.create_index(
        "pet_available_newest_idx",
        "pet",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sold_at IS NULL AND removed_at IS NULL"),
    )
    op.create_index(
        "pet_available_species_idx",
        "pet",
        ["species", "id"],
        unique=False,
        postgresql_where=sa.text("sold_at IS NULL AND removed_at IS NULL"),
    )
    op.create_index(op.f("pet_picture_id_idx"), "pet", ["picture_id"], unique=False)
    op.create_index("pet_search_idx", "pet", ["search"], unique=False, postgresql_using="gin")
    op.create_index(
        "pet_sold_idx", "pet", ["sold_at", "id"], unique=False, postgresql_where=sa.text("sold_at IS NOT NULL")
    )
    op.create_table(
        "picture_rendition",
        sa.Column("picture_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("size IN ('thumbnail', 'card', 'full')", name=op.f("picture_rendition_size_check")),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name=op.f("picture_rendition_picture_id_fkey")),
        sa.PrimaryKeyConstraint("picture_id", "size", name=op.f("picture_rendition_pkey")),
    )
    op.create_table(
        "purchase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("purchase_customer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("purchase_pkey")),
    )
    op.create_index("purchase_customer_idx", "purchase", ["customer_id", "id"], unique=False)
    op.create_table(
        "cart_item",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("pet_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("cart_item_customer_id_fkey")),
        sa.ForeignKeyConstraint(["pet_id"], ["pet.id"], name=op.f("cart_item_pet_id_fkey")),
        sa.PrimaryKeyConstraint("customer_id", "pet_id", name=op.f("cart_item_pkey")),
    )
    op.create_index(op.f("cart_item_pet_id_idx"), "cart_item", ["pet_id"], unique=False)
    op.create_table(
        "purchase_item",
        sa.Column("pet_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["pet_id"], ["pet.id"], name=op.f("purchase_item_pet_id_fkey")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("purchase_item_purchase_id_fkey")),
        sa.PrimaryKeyConstraint("pet_id", name=op.f("purchase_item_pkey")),
    )
    op.create_index(op.f("purchase_item_purchase_id_idx"), "purchase_item", ["purchase_id"], unique=False)
