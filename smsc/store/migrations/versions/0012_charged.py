"""What an opt-in was charged, for its receipts (MT4)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "registration",
        sa.Column("charged", sa.Integer(), autoincrement=False, server_default=sa.text("0"), nullable=False),
    )
