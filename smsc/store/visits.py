"""Who is in the portal: one-time codes, sessions, accounts (SP1). Secrets are kept as keyed digests."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, text, update

from smsc.sms.numbers import Msisdn
from smsc.store.instants import instant, micros, storable
from smsc.store.person_rows import CodeRow
from smsc.store.person_tables import account, portal_code, portal_session
from smsc.store.statements import Db, Statement

TRIES_MAX = 5
"""Wrong codes that one one-time code bears: one chance in 200,000 to guess its six digits."""

SESSION_S = 1800.0
"""How long a visit lasts."""

SESSIONS_MAX = 5
"""Visits of one number at a time; the oldest ends."""

PUT_CODE = Statement(lambda d: d.insert_or_replace(portal_code, ("msisdn",)), columns=portal_code.c.keys())
CODE = Statement(
    lambda d: select(portal_code).where(portal_code.c.msisdn == bindparam("number")).with_for_update()
)
TRIED = Statement(
    lambda d: (
        update(portal_code).where(portal_code.c.msisdn == bindparam("number")).values(tries=text("tries + 1"))
    )
)
DROP_CODE = Statement(lambda d: delete(portal_code).where(portal_code.c.msisdn == bindparam("number")))
PUT_ACCOUNT = Statement(lambda d: d.insert_or_ignore(account), columns=account.c.keys())
ACCOUNT = Statement(lambda d: select(account).where(account.c.msisdn == bindparam("number")))
DROP_ACCOUNT = Statement(lambda d: delete(account).where(account.c.msisdn == bindparam("number")))
PUT_SESSION = Statement(lambda d: d.insert_or_ignore(portal_session), columns=portal_session.c.keys())
SESSION = Statement(lambda d: select(portal_session).where(portal_session.c.digest == bindparam("of_digest")))
SESSIONS_OF = Statement(
    lambda d: (
        select(portal_session.c.digest)
        .where(portal_session.c.msisdn == bindparam("number"))
        .order_by(portal_session.c.created_at)
    )
)
DROP_SESSION = Statement(
    lambda d: delete(portal_session).where(portal_session.c.digest == bindparam("of_digest"))
)
DROP_SESSIONS = Statement(
    lambda d: delete(portal_session).where(portal_session.c.msisdn == bindparam("number"))
)
DROP_OLD = Statement(lambda d: delete(portal_session).where(portal_session.c.expires_at <= bindparam("now")))


def _digest(db: Db, *parts: str) -> str:
    return hmac.digest(db.key, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256").hex()


def put_codes(db: Db, rows: list[CodeRow]) -> None:
    """Keep codes that were sent."""
    db.many(
        PUT_CODE,
        [
            (storable(r.msisdn), _digest(db, "code", storable(r.msisdn), r.code), micros(r.expires_at), 0)
            for r in rows
        ],
    )


def log_in(db: Db, msisdn: Msisdn, code: str, *, token: str, now: datetime) -> bool:
    """Whether the code is the number's; then it is used up, and `token` opens a session (SP1).

    The first log-in creates the account. A wrong code counts; with TRIES_MAX of them the code is void.
    """
    number = storable(msisdn)
    given = _digest(db, "code", number, code)
    rows = db.rows(CODE, number=number)
    sent, expires_at, tries = (rows[0][1], rows[0][2], rows[0][3]) if rows else ("0" * 64, 0, TRIES_MAX)
    right = hmac.compare_digest(given, sent)
    if not right or micros(now) >= expires_at or tries >= TRIES_MAX:
        db.run(TRIED, number=number)
        return False
    db.run(DROP_CODE, number=number)
    db.many(PUT_ACCOUNT, [(number, micros(now), "portal")])
    db.run(DROP_OLD, now=micros(now))
    for row in db.rows(SESSIONS_OF, number=number)[: -(SESSIONS_MAX - 1)]:
        db.run(DROP_SESSION, of_digest=row[0])
    ends = now + timedelta(seconds=SESSION_S)
    db.many(PUT_SESSION, [(_digest(db, "session", token), number, micros(now), micros(ends))])
    return True


def visitor(db: Db, token: str, now: datetime) -> Msisdn | None:
    """The number whose session the token opens."""
    rows = db.rows(SESSION, of_digest=_digest(db, "session", token))
    return Msisdn(rows[0][1]) if rows and micros(now) < rows[0][3] else None


def log_out(db: Db, token: str) -> None:
    """End a session."""
    db.run(DROP_SESSION, of_digest=_digest(db, "session", token))


def account_since(db: Db, msisdn: Msisdn) -> datetime | None:
    """Since when the number has an account."""
    rows = db.rows(ACCOUNT, number=storable(msisdn))
    return instant(rows[0][1]) if rows else None


def close_account(db: Db, msisdn: Msisdn) -> None:
    """End the account and every session of the number; subscriptions and blocks are apart from it."""
    for drop in (DROP_ACCOUNT, DROP_CODE, DROP_SESSIONS):
        db.run(drop, number=storable(msisdn))
