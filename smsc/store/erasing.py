"""Taking a number out of every row that is about it (D6).

`RULES` names every table that has a number in it and says what becomes of its rows; a test holds it to the tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Update,
    bindparam,
    delete,
    exists,
    func,
    not_,
    null,
    or_,
    select,
    text,
    update,
)

from smsc.store.instants import instant_or_none, micros
from smsc.store.person_tables import invitation, review
from smsc.store.statements import Db, Statement
from smsc.store.tables import (
    alarm,
    binding,
    call,
    callback,
    dlr,
    metadata,
    mo,
    mo_part,
    mt,
    receipt,
    registration,
    timer,
)

CODE_REST = timedelta(days=30)
"""How long a released code is remembered with its number, so that no other store of the number gets it (S1)."""

ERASED = "erased"
TEXT = "[erased]"
"""What a merchant is told in place of a text that was erased before the callback got through."""

RULES = {
    "account": "dropped",
    "alarm": "the number goes",
    "binding": "the name goes; the number when the code has rested",
    "block": "a digest takes its place",
    "call": "dropped",
    "callback": "told: texts and number go; to be told: the texts go, the number when it is told",
    "consent": "texts, evidence and number go",
    "invitation": "the number goes",
    "mo": "texts, octets, fingerprint and number go",
    "mo_part": "dropped",
    "mt": "the text goes, and the number unless it was billed",
    "portal_code": "dropped",
    "portal_session": "dropped",
    "receipt": "octets and number go",
    "refusal": "dropped",
    "registration": "the number goes unless something was billed",
    "review": "text and number go",
    "subscriber": "dropped",
    "subscription": "dropped",
    "timer": "the number goes",
}
"""By table. Where money moved the number stays with it: the accounts need it."""

NUMBER: BindParameter[Any] = bindparam("number")
NOBODY = text("''")

BILLED = (
    exists(text("1"))
    .select_from(mt)
    .where(mt.c.registration == registration.c.id, mt.c.msisdn == NUMBER, mt.c.value_minor > text("0"))
)
ON_THE_WAY = Statement(
    lambda d: select(func.count(), func.max(mt.c.deadline)).where(
        mt.c.msisdn == NUMBER,
        or_(
            text("state IN ('held', 'queued', 'sending')"),
            text("state IN ('accepted', 'in_doubt') AND deadline IS NOT NULL"),
        ),
    )
)
GOODBYES = Statement(
    lambda d: select(func.count(), func.max(registration.c.goodbye_by)).where(
        registration.c.msisdn == NUMBER, text("goodbye_by IS NOT NULL AND goodbye_at IS NULL")
    )
)
PARTS = Statement(
    lambda d: select(func.count(), func.max(mo_part.c.deadline)).where(mo_part.c.source == NUMBER)
)
WAITS = (
    (ON_THE_WAY, "messages to it on their way"),
    (GOODBYES, "goodbyes due"),
    (PARTS, "parts of a message"),
)

UNTOLD = Statement(
    lambda d: select(callback.c.id, callback.c.details).where(
        callback.c.msisdn == NUMBER, text("state IN ('due', 'replay')")
    )
)
EMPTY_UNTOLD = Statement(
    lambda d: (
        update(callback)
        .where(callback.c.id == bindparam("callback"))
        .values(text=bindparam("new_text"), details=bindparam("new_details"))
    )
)


def _gone() -> Update:
    """A callback that nothing more is to be known of; one that was given up is not told again."""
    return update(callback).values(
        msisdn=NOBODY,
        text=NOBODY,
        details=text("'{}'"),
        history=text("'[]'"),
        last_error=NOBODY,
        state=text("CASE state WHEN 'parked' THEN 'erased' ELSE state END"),
    )


TOLD = Statement(lambda d: _gone().where(callback.c.msisdn == NUMBER, text("state NOT IN ('due', 'replay')")))
SINCE_TOLD = Statement(
    lambda d: _gone().where(
        d.among(callback.c.id, "ids"),
        text("next_at IS NULL AND state <> 'replay'"),
        callback.c.details.like(bindparam("flag")),
    )
)
OF_ITS_MTS = select(mt.c.id).where(mt.c.msisdn == NUMBER)
STATEMENTS = (
    Statement(lambda d: delete(dlr).where(dlr.c.mt.in_(OF_ITS_MTS))),
    Statement(
        lambda d: (
            update(receipt)
            .where(or_(receipt.c.msisdn == NUMBER, receipt.c.mt.in_(OF_ITS_MTS)))
            .values(msisdn=NOBODY, raw=bindparam("nothing"))
        )
    ),
    Statement(
        lambda d: (
            update(registration).where(registration.c.msisdn == NUMBER, not_(BILLED)).values(msisdn=NOBODY)
        )
    ),
    Statement(
        lambda d: (
            update(mt)
            .where(mt.c.msisdn == NUMBER, or_(mt.c.value_minor.is_(None), mt.c.value_minor == text("0")))
            .values(msisdn=NOBODY)
        )
    ),
    Statement(
        lambda d: (
            update(mo)
            .where(mo.c.source == NUMBER)
            .values(
                source=NOBODY,
                text=NOBODY,
                raw=bindparam("nothing"),
                fingerprint=NOBODY,
                flags=text("'erased'"),
            )
        )
    ),
    Statement(lambda d: delete(mo_part).where(mo_part.c.source == NUMBER)),
    Statement(lambda d: delete(call).where(call.c.msisdn == NUMBER)),
    Statement(
        lambda d: (
            update(timer)
            .where(timer.c.msisdn == NUMBER)
            .values(msisdn=NOBODY, state=text("CASE state WHEN 0 THEN 2 ELSE state END"))
        )
    ),
    Statement(lambda d: update(alarm).where(alarm.c.msisdn == NUMBER).values(msisdn=null())),
    Statement(lambda d: update(invitation).where(invitation.c.msisdn == NUMBER).values(msisdn=NOBODY)),
    Statement(
        lambda d: (
            update(review)
            .where(review.c.msisdn == NUMBER)
            .values(
                msisdn=NOBODY, text=NOBODY, state=text("CASE state WHEN 'open' THEN 'erased' ELSE state END")
            )
        )
    ),
    Statement(
        lambda d: delete(binding).where(
            binding.c.msisdn == NUMBER, binding.c.released_at < bindparam("rested")
        )
    ),
)


def waits(db: Db, number: str) -> list[str]:
    """What is still on its way to or from a number, in words; it cannot be erased before that has ended."""
    found = []
    for statement, what in WAITS:
        how_many, until = db.rows(statement, number=number)[0]
        if how_many:
            last = instant_or_none(until)
            found.append(f"{how_many} {what}" + (f", until {last:%Y-%m-%d %H:%M}Z" if last else ""))
    return found


def take_out(db: Db, number: str, now: datetime) -> None:
    """Take the number and its texts out of all rows but those of the ledger, of blocks and of its account."""
    for callback_id, details in db.rows(UNTOLD, number=number):
        kept = {k: v for k, v in json.loads(details).items() if k.startswith(("dlr", "="))}
        flagged = json.dumps({**kept, ERASED: "yes"})
        db.run(EMPTY_UNTOLD, callback=callback_id, new_text=TEXT, new_details=flagged)
    db.run(TOLD, number=number)
    for statement in STATEMENTS:
        names = statement.on(db.dialect)[1]
        more = {
            name: value
            for name, value in (("nothing", b""), ("rested", micros(now - CODE_REST)))
            if name in names
        }
        db.run(statement, number=number, **more)


def finish_callbacks(db: Db, ids: Iterable[int]) -> None:
    """Callbacks that were erased on their way have ended: now their number goes as well."""
    if wanted := sorted(ids):
        db.run(SINCE_TOLD, ids=wanted, flag='%"erased": "yes"%')


def tables_with_numbers() -> set[str]:
    """The tables that have a number in them."""
    return {name for name, t in metadata.tables.items() if {"msisdn", "source"} & set(t.columns.keys())}
