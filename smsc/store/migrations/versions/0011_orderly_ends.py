"""SMPP sessions: whether they ended by an unbind, so that the answers given in them have arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "session",
        sa.Column("orderly", sa.Integer(), autoincrement=False, server_default=sa.text("0"), nullable=False),
    )
