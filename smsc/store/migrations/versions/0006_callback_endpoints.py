"""Callbacks: which node posts one, its last attempts, endpoints that are gone, and where single MTs are reported."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("callback", sa.Column("node", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("callback", sa.Column("history", sa.Text(), server_default=sa.text("'[]'"), nullable=False))
    op.create_index(
        "callback_replay",
        "callback",
        ["merchant", "id"],
        sqlite_where=sa.text("state = 'replay'"),
        postgresql_where=sa.text("state = 'replay'"),
    )
    op.create_index(
        "callback_node",
        "callback",
        ["node"],
        sqlite_where=sa.text("node IS NOT NULL"),
        postgresql_where=sa.text("node IS NOT NULL"),
    )
    op.create_table(
        "endpoint",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("merchant"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dlr",
        sa.Column("mt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("mask", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mt"),
        sqlite_with_rowid=False,
    )
