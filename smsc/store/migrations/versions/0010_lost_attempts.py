"""MTs: whether an attempt was written and never answered."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "mt",
        sa.Column("lost", sa.Integer(), autoincrement=False, server_default=sa.text("0"), nullable=False),
    )
