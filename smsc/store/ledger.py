"""What is only ever added: consent events, charge transitions, answered calls, alarms."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, or_, select

from smsc.messages import ChargeState
from smsc.optin.decision import RecordConsent
from smsc.sms.numbers import Msisdn
from smsc.store import chain
from smsc.store.instants import instant, micros, storable
from smsc.store.rows import AlarmRow, CallKey, CallRow, ChargeRow, ConsentRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import alarm, call, charge, consent

PUT_CONSENT = Statement(lambda d: d.insert_or_ignore(consent), columns=consent.c.keys())
PUT_CHARGE = Statement(lambda d: d.insert_or_ignore(charge), columns=charge.c.keys())
PUT_CALL = Statement(lambda d: d.insert_or_ignore(call), columns=call.c.keys())
PUT_ALARM = Statement(lambda d: d.insert_or_ignore(alarm), columns=alarm.c.keys())
CALLS = Statement(
    lambda d: select(call).where(
        call.c.merchant == bindparam("of_merchant"), d.among(call.c.full_id, "full_ids")
    )
)
CONSENTS_OF = Statement(
    lambda d: select(consent).where(consent.c.msisdn == bindparam("number")).order_by(consent.c.id)
)

CAUSED = Statement(
    lambda d: (
        select(consent.c.msisdn)
        .where(
            consent.c.id >= bindparam("number"),
            consent.c.id <= bindparam("last"),
            or_(consent.c.id == bindparam("number"), consent.c.ref == bindparam("number")),
        )
        .order_by(consent.c.id)
        .limit(1)
    )
)
NEAR = 60_000 << 22
"""Ids that a minute holds: an event is written in the transaction of what caused it."""


def put_consents(db: Db, rows: list[ConsentRow]) -> None:
    """Append to the consent ledger and to the chains of the numbers (D6)."""
    chain.append(db, rows)
    db.many(
        PUT_CONSENT,
        [
            (
                row.id,
                str(row.msisdn),
                row.generation,
                micros(row.at),
                (c := row.consent).campaign,
                c.state,
                c.by,
                c.ref,
                storable(c.seen),
                storable(c.answered),
                c.profile,
                c.version,
                c.registration,
                json.dumps(dict(c.evidence)) if c.evidence else "{}",
            )
            for row in rows
        ],
    )


def put_charges(db: Db, rows: list[ChargeRow]) -> None:
    """Append transitions of charges (CH2)."""
    db.many(
        PUT_CHARGE,
        [(r.mt, micros(r.at), str(r.state), r.minor, r.currency, storable(r.reason)) for r in rows],
    )


def put_calls(db: Db, rows: list[CallRow]) -> None:
    """Keep what a call was answered (D2)."""
    db.many(
        PUT_CALL,
        [
            (
                r.key.merchant,
                storable(r.key.full_id),
                str(r.key.msisdn),
                r.call,
                r.digest,
                storable(r.answer),
                r.mt,
                micros(r.at),
            )
            for r in rows
        ],
    )


def put_alarms(db: Db, rows: list[AlarmRow]) -> None:
    """Keep alarms."""
    db.many(
        PUT_ALARM,
        [
            (
                r.id,
                micros(r.at),
                r.kind,
                None if r.msisdn is None else storable(r.msisdn),
                r.campaign,
                storable(r.text),
            )
            for r in rows
        ],
    )


def calls(db: Db, keys: Iterable[CallKey]) -> dict[CallKey, CallRow]:
    """The calls among these that were answered before."""
    wanted = {(k.merchant, storable(k.full_id), str(k.msisdn)): k for k in keys}
    by_merchant: dict[str, list[str]] = {}
    for merchant, full_id, _ in wanted:
        by_merchant.setdefault(merchant, []).append(full_id)
    found = {}
    for merchant, full_ids in by_merchant.items():
        for row in db.rows(CALLS, of_merchant=merchant, full_ids=full_ids):
            key = wanted.get((row[0], row[1], row[2]))
            if key is not None:
                found[key] = CallRow(key, row[3], bytes(row[4]), row[5], row[6], instant(row[7]))
    return found


def number_of_event(db: Db, number: int) -> Msisdn | None:
    """Whose event has this id, or was caused by the call of this id; None for nobody's, or an erased number's."""
    found = db.value(CAUSED, number=number, last=min(number + NEAR, 2**63 - 1))
    return Msisdn(found) if found else None


def consents(db: Db, msisdn: Msisdn) -> list[ConsentRow]:
    """The consent ledger of a number, oldest first."""
    return [read_consent(row) for row in db.rows(CONSENTS_OF, number=str(msisdn))]


def read_consent(row: Any) -> ConsentRow:
    """The row of a tuple in the order of the table."""
    return ConsentRow(
        id=row[0],
        msisdn=Msisdn(row[1]),
        generation=row[2],
        at=instant(row[3]),
        consent=RecordConsent(
            campaign=row[4],
            state=row[5],
            by=row[6],
            ref=row[7],
            seen=row[8],
            answered=row[9],
            profile=row[10],
            version=row[11],
            registration=row[12],
            evidence=json.loads(row[13]),
        ),
    )


def read_charge(row: Any) -> ChargeRow:
    """The row of a tuple in the order of the table."""
    return ChargeRow(row[0], instant(row[1]), ChargeState(row[2]), row[3], row[4], row[5])


def read_alarm(row: Any) -> AlarmRow:
    """The row of a tuple in the order of the table."""
    return AlarmRow(
        row[0], instant(row[1]), row[2], None if row[3] is None else Msisdn(row[3]), row[4], row[5]
    )
