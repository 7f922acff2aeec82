"""What merchants set for their stores: the welcome, the accent, and whether the store is closed for now."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.text("''")
    op.add_column("store", sa.Column("welcome", sa.Text(), server_default=empty, nullable=False), schema="platform")
    op.add_column("store", sa.Column("accent", sa.Text(), server_default=empty, nullable=False), schema="platform")
    op.add_column("store", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True), schema="platform")
