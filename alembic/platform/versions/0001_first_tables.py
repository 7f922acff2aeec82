"""The first tables of the platform schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA platform")
    op.execute("GRANT USAGE ON SCHEMA platform TO menagerie_server")
    op.create_table(
        "merchant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("merchant_pkey")),
        sa.UniqueConstraint("login", name=op.f("merchant_login_key")),
        schema="platform",
    )
    op.create_table(
        "revision",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.CheckConstraint("single", name=op.f("revision_single_check")),
        sa.PrimaryKeyConstraint("single", name=op.f("revision_pkey")),
        schema="platform",
    )
    op.create_table(
        "store",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("schema_name", sa.Text(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("sign_up_open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("store_pkey")),
        sa.UniqueConstraint("role_name", name=op.f("store_role_name_key")),
        sa.UniqueConstraint("schema_name", name=op.f("store_schema_name_key")),
        sa.UniqueConstraint("slug", name=op.f("store_slug_key")),
        schema="platform",
    )
    op.create_table(
        "data_key",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["platform.store.id"], name=op.f("data_key_store_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("store_id", name=op.f("data_key_pkey")),
        schema="platform",
    )
    op.create_table(
        "ownership",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["platform.merchant.id"], name=op.f("ownership_merchant_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["platform.store.id"], name=op.f("ownership_store_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "store_id", name=op.f("ownership_pkey")),
        schema="platform",
    )
    op.create_index(op.f("ownership_store_id_idx"), "ownership", ["store_id"], unique=False, schema="platform")
