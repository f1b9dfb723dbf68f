"""The communication code of a store for a number (S1), and what some callback formats tell beside the text."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "binding",
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("released_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("msisdn", "campaign"),
        sqlite_with_rowid=False,
    )
    op.create_index("binding_campaign", "binding", ["campaign", "msisdn"])
    op.add_column("callback", sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False))
