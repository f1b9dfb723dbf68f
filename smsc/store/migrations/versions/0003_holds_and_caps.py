"""What content waits for (OO2 menu, RT3a), and what was spent (MT4)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscription", sa.Column("holds", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "registration", sa.Column("spent", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "registration", sa.Column("minute_start", sa.BigInteger(), autoincrement=False, nullable=True)
    )
    op.add_column(
        "registration",
        sa.Column("spent_in_minute", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
