"""Changes of the configuration that accounts make by API; MOs of a store, whoever sent them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overlay",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "owner", "name", "body", "by")),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("overlay_thing", "overlay", ["kind", "owner", "name", "version"])
    op.create_index("overlay_owner", "overlay", ["owner", "at"])
    op.create_index("mo_campaign", "mo", ["campaign", "received_at"])
