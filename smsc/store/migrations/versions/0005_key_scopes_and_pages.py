"""Scopes, names and ends of API keys (rotation with overlap), and what the pages of the native API are read by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "api_key",
        sa.Column("scopes", sa.Text(), server_default=sa.text("'send read admin'"), nullable=False),
    )
    op.add_column("api_key", sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("api_key", sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True))
    ordered = sa.text("call_id IS NOT NULL")
    op.create_index(
        "mt_ordered", "mt", ["merchant", "id"], sqlite_where=ordered, postgresql_where=ordered
    )
    op.create_index("callback_merchant", "callback", ["merchant", "id"])
    op.create_index("subscription_campaign", "subscription", ["campaign", "msisdn"])
