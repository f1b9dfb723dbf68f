"""How often and of what subscribers were reminded, and until when they may say that it goes on (MT4)."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("billed", "reminded", "reminders"):
        op.add_column(
            "registration",
            sa.Column(name, sa.Integer(), autoincrement=False, server_default=sa.text("0"), nullable=False),
        )
    op.add_column("registration", sa.Column("renew_by", sa.BigInteger(), autoincrement=False, nullable=True))
