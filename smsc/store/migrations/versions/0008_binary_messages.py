"""MTs: the header and the data of those that are no text."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mt", sa.Column("udh", sa.LargeBinary(), nullable=True))
    op.add_column("mt", sa.Column("octets", sa.LargeBinary(), nullable=True))
