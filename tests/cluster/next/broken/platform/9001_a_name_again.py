"""A column that already exists."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "9001"
# After the newest revision.
down_revision = max(file.name[:4] for file in Path(__file__).parent.glob("[0-8]*_*.py"))
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("store", sa.Column("slug", sa.Text()), schema="platform")
