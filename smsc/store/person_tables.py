"""The tables about persons: the consent chain, erased blocks, invitations, reviews, refused calls, the portal."""

from __future__ import annotations

from smsc.store.tables import added_words, at, count, edge_id, index, table, words

consent_link = table(
    "consent_link",
    edge_id(),
    words("number_digest"),
    count("place"),
    words("facts"),
    words("text_digest"),
    words("link"),
)
index("consent_link_number", consent_link.c.number_digest, consent_link.c.place, unique=True)

consent_head = table(
    "consent_head",
    words("number_digest", key=True),
    count("place"),
    words("link"),
    added_words("seal"),
    clustered=True,
)

consent_total = table("consent_total", count("id", key=True), at("events"), at("numbers"), words("seal"))

block_digest = table(
    "block_digest",
    words("number_digest", key=True),
    words("scope", key=True),
    words("scope_key", key=True),
    at("since"),
    clustered=True,
)

invitation = table(
    "invitation",
    edge_id(),
    words("merchant"),
    words("campaign"),
    words("msisdn"),
    words("state"),
    at("at"),
    at("done_at", nullable=True),
    words("callback"),
    count("confirm"),
    at("registration", nullable=True),
)

review = table(
    "review",
    at("mo", key=True),
    words("msisdn"),
    words("short_code"),
    words("campaigns"),
    words("text"),
    at("at"),
    words("state"),
    words("decided_by"),
    at("decided_at", nullable=True),
)
index("review_open", review.c.mo, where="state = 'open'")

refusal = table(
    "refusal",
    edge_id(),
    at("at"),
    at("last_at"),
    at("until"),
    count("times"),
    words("merchant"),
    words("door"),
    words("command"),
    words("msisdn"),
    words("campaign"),
    at("registration", nullable=True),
    words("full_id"),
    words("code"),
    words("reason"),
    words("rule"),
    words("detail"),
    words("record"),
)
index("refusal_msisdn", refusal.c.msisdn, refusal.c.at)
index("refusal_merchant", refusal.c.merchant, refusal.c.id)
index("refusal_until", refusal.c.until)

account = table("account", words("msisdn", key=True), at("created_at"), words("created_by"), clustered=True)

portal_code = table(
    "portal_code",
    words("msisdn", key=True),
    words("digest"),
    at("expires_at"),
    count("tries"),
    clustered=True,
)

portal_session = table(
    "portal_session",
    words("digest", key=True),
    words("msisdn"),
    at("created_at"),
    at("expires_at"),
    clustered=True,
)
index("portal_session_msisdn", portal_session.c.msisdn)
index("portal_session_expires", portal_session.c.expires_at)
