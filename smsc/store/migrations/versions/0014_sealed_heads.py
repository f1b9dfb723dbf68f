"""Ends of consent chains are sealed, and the whole ledger is counted (D6); the store seals what it finds with its key."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_head", sa.Column("seal", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "consent_total",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("events", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("numbers", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().execute(sa.text("SELECT 1 FROM consent_link LIMIT 1")).first() is not None:
        op.execute("INSERT INTO meta (name, value) VALUES ('ledger_seal', 'due')")
