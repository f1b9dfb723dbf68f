"""Calls of merchants that were refused: kept for some days, and of each merchant only the newest."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from smsc.sms.numbers import Msisdn
from smsc.store.instants import instant, instant_or_none, micros, storable
from smsc.store.person_rows import RefusalRow
from smsc.store.person_tables import refusal
from smsc.store.statements import Db, Statement

PUT = Statement(lambda d: d.insert_or_replace(refusal, ("id",)), columns=refusal.c.keys())
ONE = Statement(lambda d: select(refusal).where(refusal.c.id == bindparam("number")))
SINCE = Statement(
    lambda d: select(refusal).where(d.among(refusal.c.msisdn, "numbers"), refusal.c.at >= bindparam("since"))
)
NEWEST = Statement(
    lambda d: (
        select(refusal)
        .where(refusal.c.msisdn == bindparam("number"))
        .order_by(refusal.c.at.desc(), refusal.c.id.desc())
        .limit(bindparam("most"))
    )
)
OLDEST_KEPT = Statement(
    lambda d: (
        select(refusal.c.id)
        .where(refusal.c.merchant == bindparam("of_merchant"))
        .order_by(refusal.c.id.desc())
        .limit(1)
        .offset(bindparam("most"))
    )
)
TRIM = Statement(
    lambda d: delete(refusal).where(
        refusal.c.merchant == bindparam("of_merchant"), refusal.c.id <= bindparam("last")
    )
)
OLD = Statement(
    lambda d: (
        select(refusal.c.id)
        .where(refusal.c.until <= bindparam("now"))
        .order_by(refusal.c.until)
        .limit(bindparam("most"))
    )
)
DROP = Statement(lambda d: delete(refusal).where(d.among(refusal.c.id, "ids")))
NEXT_OLD = Statement(lambda d: select(func.min(refusal.c.until)))


def put(db: Db, rows: Collection[RefusalRow], *, most: int) -> None:
    """Keep refusals, or what they count now; of each merchant the newest `most` stay."""
    db.many(PUT, [_record(row) for row in rows])
    for merchant in {row.merchant for row in rows}:
        last = db.value(OLDEST_KEPT, of_merchant=merchant, most=most)
        if last is not None:
            db.run(TRIM, of_merchant=merchant, last=last)


def one(db: Db, number: int) -> RefusalRow | None:
    """One refusal."""
    rows = db.rows(ONE, number=number)
    return read(rows[0]) if rows else None


def since(db: Db, msisdns: Iterable[str], moment: datetime) -> list[RefusalRow]:
    """Those of these numbers that began since then."""
    found = db.rows(SINCE, numbers=sorted({storable(m) for m in msisdns}), since=micros(moment))
    return [read(row) for row in found]


def newest(db: Db, msisdn: Msisdn, *, limit: int) -> list[RefusalRow]:
    """The last ones of a number, newest first."""
    return [read(row) for row in db.rows(NEWEST, number=storable(msisdn), most=limit)]


def drop_old(db: Db, now: datetime, limit: int) -> int:
    """Drop what was kept long enough; how many."""
    ids = [row[0] for row in db.rows(OLD, now=micros(now), most=limit)]
    if ids:
        db.run(DROP, ids=ids)
    return len(ids)


def next_old(db: Db) -> datetime | None:
    """When the next one has been kept long enough."""
    return instant_or_none(db.value(NEXT_OLD))


def _record(row: RefusalRow) -> tuple[Any, ...]:
    return (
        row.id,
        micros(row.at),
        micros(row.last_at),
        micros(row.until),
        row.times,
        row.merchant,
        row.door,
        row.command,
        storable(row.msisdn),
        storable(row.campaign),
        row.registration,
        storable(row.full_id),
        row.code,
        row.reason,
        row.rule,
        storable(row.detail),
        json.dumps(dict(row.record)),
    )


def read(row: Any) -> RefusalRow:
    """The row of a tuple in the order of the table."""
    return RefusalRow(
        id=row[0],
        at=instant(row[1]),
        last_at=instant(row[2]),
        until=instant(row[3]),
        times=row[4],
        merchant=row[5],
        door=row[6],
        command=row[7],
        msisdn=Msisdn(row[8]),
        campaign=row[9],
        registration=row[10],
        full_id=row[11],
        code=row[12],
        reason=row[13],
        rule=row[14],
        detail=row[15],
        record=json.loads(row[16]),
    )
