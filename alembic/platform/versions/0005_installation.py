"""The installation's identity, by which storage for backups knows it, and the restore that is not finished."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("restoring", sa.Text(), nullable=True),
        sa.CheckConstraint("single", name=op.f("installation_single_check")),
        sa.PrimaryKeyConstraint("single", name=op.f("installation_pkey")),
        schema="platform",
    )
    op.execute("INSERT INTO platform.installation DEFAULT VALUES")
