"""The consent chain, invitations, the review queue, the portal's accounts, codes and sessions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def edge_id(name: str) -> Any:
    return sa.Column(
        name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
    )


def at(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def words(name: str) -> Any:
    return sa.Column(name, sa.Text(), nullable=False)


def count(name: str) -> Any:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "consent_link",
        edge_id("id"),
        words("number_digest"),
        count("place"),
        words("facts"),
        words("text_digest"),
        words("link"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consent_link_number", "consent_link", ["number_digest", "place"], unique=True)
    op.create_table(
        "consent_head",
        words("number_digest"),
        count("place"),
        words("link"),
        sa.PrimaryKeyConstraint("number_digest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "block_digest",
        words("number_digest"),
        words("scope"),
        words("scope_key"),
        at("since"),
        sa.PrimaryKeyConstraint("number_digest", "scope", "scope_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        edge_id("id"),
        words("merchant"),
        words("campaign"),
        words("msisdn"),
        words("state"),
        at("at"),
        at("done_at", nullable=True),
        words("callback"),
        count("confirm"),
        at("registration", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "review",
        at("mo"),
        words("msisdn"),
        words("short_code"),
        words("campaigns"),
        words("text"),
        at("at"),
        words("state"),
        words("decided_by"),
        at("decided_at", nullable=True),
        sa.PrimaryKeyConstraint("mo"),
    )
    op.create_index(
        "review_open",
        "review",
        ["mo"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    _portal()


def _portal() -> None:
    op.create_table(
        "account",
        words("msisdn"),
        at("created_at"),
        words("created_by"),
        sa.PrimaryKeyConstraint("msisdn"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "portal_code",
        words("msisdn"),
        words("digest"),
        at("expires_at"),
        count("tries"),
        sa.PrimaryKeyConstraint("msisdn"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "portal_session",
        words("digest"),
        words("msisdn"),
        at("created_at"),
        at("expires_at"),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_index("portal_session_msisdn", "portal_session", ["msisdn"])
    op.create_index("portal_session_expires", "portal_session", ["expires_at"])
