"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "api_key",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("cc", sa.Text(), nullable=False),
        sa.Column("ekey_hash", sa.Text(), nullable=False),
        sa.Column("bearer_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("api_key_bearer", "api_key", ["bearer_hash"], unique=True)
    op.create_index("api_key_cc", "api_key", ["cc"])
    op.create_table(
        "block",
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_key", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("caused_by", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("msisdn", "scope", "scope_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("full_id", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("mt", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("merchant", "full_id", "msisdn"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "callback",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("goodbye_by", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("urgent", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("attempts", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_status", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "callback_due",
        "callback",
        ["next_at", "id"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("callback_key", "callback", ["key"], unique=True)
    op.create_index("callback_msisdn", "callback", ["msisdn", "id"])
    op.create_index(
        "callback_order",
        "callback",
        ["merchant", "msisdn", "id"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "callback_parked",
        "callback",
        ["merchant"],
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_index(
        "callback_urgent",
        "callback",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL AND urgent = 1"),
        postgresql_where=sa.text("next_at IS NOT NULL AND urgent = 1"),
    )
    op.create_table(
        "charge",
        sa.Column("mt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mt", "at", "state"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consent",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("caused_by", sa.Text(), nullable=False),
        sa.Column("ref", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("registration", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consent_msisdn", "consent", ["msisdn", "id"])
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mo",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("bind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("esm_class", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_coding", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("carrier_mo_id", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("may_answer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part_reference", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("part_total", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("part_number", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("redelivery_of", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("late", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("absorbed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("mo_fingerprint", "mo", ["fingerprint"])
    op.create_index(
        "mo_parked",
        "mo",
        ["id"],
        sqlite_where=sa.text("error <> ''"),
        postgresql_where=sa.text("error <> ''"),
    )
    op.create_index("mo_source", "mo", ["source", "id"])
    op.create_table(
        "mo_part",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("bind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("esm_class", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_coding", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("carrier_mo_id", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("may_answer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part_reference", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_total", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("mo_part_deadline", "mo_part", ["deadline"])
    op.create_index("mo_part_source", "mo_part", ["source"])
    op.create_table(
        "mt",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reference", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value_minor", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("value_currency", sa.Text(), nullable=False),
        sa.Column("registration", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("validity_s", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("not_before", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deadline", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("full_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("cause_mo", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("goodbye_registration", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("goodbye_stop", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("node", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("charge", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("bind", sa.Text(), nullable=False),
        sa.Column("parts", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("done_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("overtaken", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "mt_deadline",
        "mt",
        ["deadline"],
        sqlite_where=sa.text("deadline IS NOT NULL AND state <> 'sending'"),
        postgresql_where=sa.text("deadline IS NOT NULL AND state <> 'sending'"),
    )
    op.create_index(
        "mt_goodbye",
        "mt",
        ["goodbye_registration", "goodbye_stop"],
        unique=True,
        sqlite_where=sa.text("goodbye_registration IS NOT NULL"),
        postgresql_where=sa.text("goodbye_registration IS NOT NULL"),
    )
    op.create_index(
        "mt_held",
        "mt",
        ["msisdn"],
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "mt_in_doubt",
        "mt",
        ["msisdn", "carrier"],
        sqlite_where=sa.text("state = 'in_doubt'"),
        postgresql_where=sa.text("state = 'in_doubt'"),
    )
    op.create_index(
        "mt_later",
        "mt",
        ["not_before"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "mt_message_id",
        "mt",
        ["message_id", "carrier"],
        sqlite_where=sa.text("message_id <> ''"),
        postgresql_where=sa.text("message_id <> ''"),
    )
    op.create_index("mt_msisdn", "mt", ["msisdn", "id"])
    op.create_index(
        "mt_queue",
        "mt",
        ["carrier", "priority", "id"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "mt_sending",
        "mt",
        ["node"],
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "mt_part",
        sa.Column("mt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mt", "part"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "mt_part_message_id",
        "mt_part",
        ["message_id", "carrier"],
        sqlite_where=sa.text("message_id <> ''"),
        postgresql_where=sa.text("message_id <> ''"),
    )
    op.create_table(
        "node",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "receipt",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("bind", sa.Text(), nullable=False),
        sa.Column("raw_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("reference", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("mt", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "receipt_mt",
        "receipt",
        ["mt"],
        sqlite_where=sa.text("mt IS NOT NULL"),
        postgresql_where=sa.text("mt IS NOT NULL"),
    )
    op.create_index(
        "receipt_waiting",
        "receipt",
        ["message_id", "carrier"],
        sqlite_where=sa.text("mt IS NULL"),
        postgresql_where=sa.text("mt IS NULL"),
    )
    op.create_index(
        "receipt_waiting_msisdn",
        "receipt",
        ["msisdn"],
        sqlite_where=sa.text("mt IS NULL"),
        postgresql_where=sa.text("mt IS NULL"),
    )
    op.create_table(
        "registration",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("price_minor", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("price_currency", sa.Text(), nullable=False),
        sa.Column("count_max", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("per", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("welcomed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("period_start", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("billed_in_period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("stop", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("goodbye_by", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("goodbye_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("registration_msisdn", "registration", ["msisdn", "id"])
    op.create_index(
        "registration_open",
        "registration",
        ["msisdn"],
        sqlite_where=sa.text("ended_at IS NULL OR (goodbye_by IS NOT NULL AND goodbye_at IS NULL)"),
        postgresql_where=sa.text("ended_at IS NULL OR (goodbye_by IS NOT NULL AND goodbye_at IS NULL)"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bind", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "session_open",
        "session",
        ["node"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "subscriber",
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_carrier", sa.Text(), nullable=False),
        sa.Column("last_network", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("msisdn"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subscription",
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("opening_mo", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("opening_text", sa.Text(), nullable=False),
        sa.Column("registration", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("request_sent_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("held_mt", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("wording_digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("msisdn", "generation", "campaign"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("registration", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("stop", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("state", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "timer_due",
        "timer",
        ["due"],
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
