"""A column that only the next version knows, in a table that every request reads, and an index on it."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "9001"
# After the newest revision.
down_revision = max(file.name[:4] for file in Path(__file__).parent.glob("[0-8]*_*.py"))
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pet", sa.Column("favourite_toy", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index("pet_favourite_toy_idx", "pet", ["favourite_toy"])
