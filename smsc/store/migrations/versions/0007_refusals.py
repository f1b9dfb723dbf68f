"""Calls of merchants that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WORDS = ("full_id", "code", "reason", "rule", "detail", "record")


def upgrade() -> None:
    op.create_table(
        "refusal",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in ("at", "last_at", "until")
        ),
        sa.Column("times", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("merchant", "door", "command", "msisdn", "campaign")
        ),
        sa.Column("registration", sa.BigInteger(), autoincrement=False, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WORDS),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("refusal_msisdn", "refusal", ["msisdn", "at"])
    op.create_index("refusal_merchant", "refusal", ["merchant", "id"])
    op.create_index("refusal_until", "refusal", ["until"])
