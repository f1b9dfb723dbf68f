"""The tables. Times are microseconds since 1970 UTC, ids are made at the edge (63 bits) unless said otherwise.

Column types are plain, so that no driver and no Core converts anything on the way. There are no foreign keys: rows that
belong together come in one transaction from one place, and each key costs a look-up for every row of the hot path.
Partial indexes hold only the rows that still wait for something; what is done leaves them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.sql.elements import TextClause

from smsc.store.dialect import Id

metadata = MetaData()


def words(name: str, *, key: bool = False) -> Column[str]:
    """Text, "" for none."""
    return Column(name, Text, primary_key=key, nullable=False)


def at(name: str, *, nullable: bool = False, key: bool = False) -> Column[int]:
    """A moment in microseconds, or an id."""
    return Column(name, BigInteger, nullable=nullable, primary_key=key, autoincrement=False)


def count(name: str, *, key: bool = False) -> Column[int]:
    """A small number or a flag (0, 1)."""
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


def flag(name: str) -> Column[int]:
    """A flag that rows are born without."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


def added_words(name: str) -> Column[str]:
    """Text that older rows are without."""
    return Column(name, Text, nullable=False, server_default=text("''"))


def octets(name: str) -> Column[bytes]:
    """Octets as they came."""
    return Column(name, LargeBinary, nullable=False)


def added_octets(name: str) -> Column[bytes]:
    """Octets that few rows have."""
    return Column(name, LargeBinary, nullable=True)


def edge_id() -> Column[int]:
    """A key made at the edge."""
    return Column("id", Id, primary_key=True, autoincrement=False)


def counted_id() -> Column[int]:
    """A key the database counts."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def table(name: str, *columns: Column[Any], clustered: bool = False) -> Table:
    """A table; `clustered` keeps the rows in the order of a key that is not a number (SQLite)."""
    return Table(name, metadata, *columns, sqlite_with_rowid=not clustered)


def index(name: str, *columns: Column[Any], where: str = "", unique: bool = False) -> Index:
    """An index, partial where `where` is given."""
    condition: TextClause | None = text(where) if where else None
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


meta = table("meta", words("name", key=True), words("value"), clustered=True)

subscriber = table(
    "subscriber",
    words("msisdn", key=True),
    count("generation"),
    words("last_carrier"),
    words("last_network"),
    words("counts"),
    clustered=True,
)

subscription = table(
    "subscription",
    words("msisdn", key=True),
    count("generation", key=True),
    words("campaign", key=True),
    words("state"),
    words("profile"),
    count("version"),
    at("since"),
    words("carrier"),
    words("network"),
    at("opening_mo", nullable=True),
    words("opening_text"),
    at("registration", nullable=True),
    at("request_sent_at", nullable=True),
    at("expires_at", nullable=True),
    at("held_mt", nullable=True),
    words("wording_digest"),
    added_words("holds"),
    clustered=True,
)

index("subscription_campaign", subscription.c.campaign, subscription.c.msisdn)

registration = table(
    "registration",
    edge_id(),
    words("msisdn"),
    count("generation"),
    words("campaign"),
    words("merchant"),
    words("short_code"),
    at("opened_at"),
    at("price_minor", nullable=True),
    words("price_currency"),
    at("count_max", nullable=True),
    words("per"),
    words("network"),
    at("welcomed_at", nullable=True),
    at("period_start", nullable=True),
    count("billed_in_period"),
    at("ended_at", nullable=True),
    at("stop", nullable=True),
    at("goodbye_by", nullable=True),
    at("goodbye_at", nullable=True),
    flag("spent"),
    at("minute_start", nullable=True),
    flag("spent_in_minute"),
    flag("charged"),
    flag("billed"),
    flag("reminded"),
    flag("reminders"),
    at("renew_by", nullable=True),
)
OPEN_REGISTRATION = "ended_at IS NULL OR (goodbye_by IS NOT NULL AND goodbye_at IS NULL)"
index("registration_open", registration.c.msisdn, where=OPEN_REGISTRATION)
index("registration_msisdn", registration.c.msisdn, registration.c.id)

binding = table(
    "binding",
    words("msisdn", key=True),
    words("campaign", key=True),
    words("short_code"),
    at("since"),
    at("released_at", nullable=True),
    words("name"),
    clustered=True,
)
index("binding_campaign", binding.c.campaign, binding.c.msisdn)

block = table(
    "block",
    words("msisdn", key=True),
    words("scope", key=True),
    words("scope_key", key=True),
    at("since"),
    at("caused_by", nullable=True),
    clustered=True,
)

mo = table(
    "mo",
    edge_id(),
    words("carrier"),
    words("bind"),
    words("source"),
    words("short_code"),
    words("text"),
    at("received_at"),
    octets("raw"),
    count("esm_class"),
    count("data_coding"),
    words("carrier_mo_id"),
    words("network"),
    count("may_answer"),
    at("part_reference", nullable=True),
    at("part_total", nullable=True),
    at("part_number", nullable=True),
    words("flags"),
    words("fingerprint"),
    words("session"),
    words("route"),
    words("campaign"),
    words("reason"),
    words("rule"),
    words("error"),
    at("redelivery_of", nullable=True),
    flag("late"),
    flag("absorbed"),
)
index("mo_fingerprint", mo.c.fingerprint)
index("mo_source", mo.c.source, mo.c.id)
index("mo_campaign", mo.c.campaign, mo.c.received_at)
index("mo_parked", mo.c.id, where="error <> ''")

mo_part = table(
    "mo_part",
    edge_id(),
    words("carrier"),
    words("bind"),
    words("source"),
    words("short_code"),
    words("text"),
    at("received_at"),
    octets("raw"),
    count("esm_class"),
    count("data_coding"),
    words("carrier_mo_id"),
    words("network"),
    count("may_answer"),
    at("part_reference"),
    at("part_total"),
    at("part_number"),
    words("flags"),
    words("fingerprint"),
    words("session"),
    at("deadline"),
)
index("mo_part_source", mo_part.c.source)
index("mo_part_deadline", mo_part.c.deadline)

session = table(
    "session",
    words("id", key=True),
    at("node"),
    words("bind"),
    words("carrier"),
    at("opened_at"),
    at("closed_at", nullable=True),
    flag("orderly"),
    clustered=True,
)
index("session_open", session.c.node, where="closed_at IS NULL")

node = table("node", counted_id(), at("started_at"), at("heartbeat_at"), at("stopped_at", nullable=True))

consent = table(
    "consent",
    edge_id(),
    words("msisdn"),
    count("generation"),
    at("at"),
    words("campaign"),
    words("state"),
    words("caused_by"),
    at("ref", nullable=True),
    words("seen"),
    words("answered"),
    words("profile"),
    count("version"),
    at("registration", nullable=True),
    words("evidence"),
)
index("consent_msisdn", consent.c.msisdn, consent.c.id)

timer = table(
    "timer",
    words("key", key=True),
    words("msisdn"),
    words("kind"),
    at("due"),
    words("campaign"),
    at("registration", nullable=True),
    at("stop", nullable=True),
    flag("state"),
    clustered=True,
)
index("timer_due", timer.c.due, where="state = 0")

alarm = table(
    "alarm", edge_id(), at("at"), words("kind"), Column("msisdn", Text), words("campaign"), words("text")
)

call = table(
    "call",
    words("merchant", key=True),
    words("full_id", key=True),
    words("msisdn", key=True),
    at("call_id"),
    octets("digest"),
    words("answer"),
    at("mt", nullable=True),
    at("at"),
    clustered=True,
)

callback = table(
    "callback",
    edge_id(),
    words("key"),
    words("kind"),
    words("merchant"),
    words("msisdn"),
    words("short_code"),
    at("at"),
    words("notice_id"),
    words("message_id"),
    words("text"),
    words("keyword"),
    words("network"),
    words("country"),
    words("report"),
    words("reason_id"),
    words("registration"),
    at("goodbye_by", nullable=True),
    count("urgent"),
    at("created_at"),
    at("next_at", nullable=True),
    count("attempts"),
    count("last_status"),
    words("last_error"),
    words("state"),
    at("done_at", nullable=True),
    Column("details", Text, nullable=False, server_default=text("'{}'")),
    at("node", nullable=True),
    Column("history", Text, nullable=False, server_default=text("'[]'")),
)
index("callback_key", callback.c.key, unique=True)
index("callback_due", callback.c.next_at, callback.c.id, where="next_at IS NOT NULL")
index("callback_urgent", callback.c.next_at, where="next_at IS NOT NULL AND urgent = 1")
index("callback_order", callback.c.merchant, callback.c.msisdn, callback.c.id, where="next_at IS NOT NULL")
index("callback_parked", callback.c.merchant, where="state = 'parked'")
index("callback_msisdn", callback.c.msisdn, callback.c.id)
index("callback_merchant", callback.c.merchant, callback.c.id)
index("callback_replay", callback.c.merchant, callback.c.id, where="state = 'replay'")
index("callback_node", callback.c.node, where="node IS NOT NULL")

endpoint = table(
    "endpoint", words("merchant", key=True), words("url"), at("disabled_at"), words("reason"), clustered=True
)

dlr = table(
    "dlr",
    at("mt", key=True),
    words("style"),
    words("url"),
    words("method"),
    count("mask"),
    count("level"),
    clustered=True,
)

api_key = table(
    "api_key",
    counted_id(),
    words("merchant"),
    words("cc"),
    words("ekey_hash"),
    words("bearer_hash"),
    at("created_at"),
    at("revoked_at", nullable=True),
    Column("scopes", Text, nullable=False, server_default=text("'send read admin'")),
    added_words("name"),
    at("expires_at", nullable=True),
)
index("api_key_cc", api_key.c.cc)
index("api_key_bearer", api_key.c.bearer_hash, unique=True)

mt = table(
    "mt",
    edge_id(),
    words("kind"),
    words("msisdn"),
    words("short_code"),
    words("carrier"),
    words("text"),
    count("reference"),
    count("attempt"),
    at("value_minor", nullable=True),
    words("value_currency"),
    at("registration", nullable=True),
    words("merchant"),
    words("campaign"),
    at("validity_s", nullable=True),
    words("state"),
    count("priority"),
    at("created_at"),
    at("not_before"),
    at("deadline", nullable=True),
    words("full_id"),
    at("call_id", nullable=True),
    at("cause_mo", nullable=True),
    at("goodbye_registration", nullable=True),
    at("goodbye_stop", nullable=True),
    at("node", nullable=True),
    words("charge"),
    words("message_id"),
    at("status"),
    words("error"),
    words("bind"),
    count("parts"),
    at("submitted_at", nullable=True),
    at("done_at", nullable=True),
    count("overtaken"),
    added_octets("udh"),
    added_octets("octets"),
    flag("lost"),
)
index("mt_queue", mt.c.carrier, mt.c.priority, mt.c.id, where="state = 'queued'")
index("mt_later", mt.c.not_before, where="state = 'queued'")
index("mt_sending", mt.c.node, where="state = 'sending'")
index("mt_in_doubt", mt.c.msisdn, mt.c.carrier, where="state = 'in_doubt'")
index("mt_held", mt.c.msisdn, where="state = 'held'")
index("mt_deadline", mt.c.deadline, where="deadline IS NOT NULL AND state <> 'sending'")
index("mt_message_id", mt.c.message_id, mt.c.carrier, where="message_id <> ''")
index("mt_msisdn", mt.c.msisdn, mt.c.id)
index("mt_ordered", mt.c.merchant, mt.c.id, where="call_id IS NOT NULL")
index(
    "mt_goodbye",
    mt.c.goodbye_registration,
    mt.c.goodbye_stop,
    where="goodbye_registration IS NOT NULL",
    unique=True,
)

mt_part = table(
    "mt_part",
    at("mt", key=True),
    count("part", key=True),
    words("carrier"),
    words("message_id"),
    words("state"),
    clustered=True,
)
index("mt_part_message_id", mt_part.c.message_id, mt_part.c.carrier, where="message_id <> ''")

receipt = table(
    "receipt",
    edge_id(),
    words("carrier"),
    words("bind"),
    words("raw_id"),
    words("state"),
    at("received_at"),
    words("msisdn"),
    words("short_code"),
    words("error"),
    at("done_at", nullable=True),
    at("reference", nullable=True),
    octets("raw"),
    words("message_id"),
    at("mt", nullable=True),
    count("part"),
)
index("receipt_waiting", receipt.c.message_id, receipt.c.carrier, where="mt IS NULL")
index("receipt_waiting_msisdn", receipt.c.msisdn, where="mt IS NULL")
index("receipt_mt", receipt.c.mt, where="mt IS NOT NULL")

charge = table(
    "charge",
    at("mt", key=True),
    at("at", key=True),
    words("state", key=True),
    at("minor"),
    words("currency"),
    words("reason"),
    clustered=True,
)
