"""Notices on their way to merchants: at least once, in order for each merchant and number (RP1, RP1a)."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, exists, func, literal_column, not_, null, or_, select, text, update

from smsc.messages import Notice, NoticeKind
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import erasing
from smsc.store.instants import instant, instant_or_none, micros, micros_or_none, storable
from smsc.store.rows import Attempt, CallbackResult, CallbackRow
from smsc.store.statements import Db, Record, Statement
from smsc.store.tables import callback

HOLDS = timedelta(minutes=10)
"""A callback older than this no longer holds back its number's later ones (RP1a)."""

earlier = callback.alias("earlier")
PAIR = callback.c.msisdn + literal_column("'|'", Text()) + callback.c.merchant
"""No number has a bar in it."""

MINE = or_(callback.c.node.is_(None), callback.c.node == bindparam("me"))
"""Not on its way from another node: a lease lasts until its result, or until its node is dead."""

PUT = Statement(lambda d: d.insert_or_ignore(callback), columns=callback.c.keys())
URGENT = Statement(
    lambda d: (
        select(callback)
        .where(
            text("next_at IS NOT NULL AND urgent = 1"),
            callback.c.next_at <= bindparam("now"),
            not_(d.among(callback.c.merchant, "merchants_off")),
            not_(d.among(callback.c.id, "in_flight")),
            MINE,
        )
        .order_by(callback.c.next_at, callback.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)
IN_ORDER = Statement(
    lambda d: (
        select(callback)
        .where(
            callback.c.next_at <= bindparam("now"),
            callback.c.urgent == text("0"),
            not_(d.among(callback.c.merchant, "merchants_off")),
            not_(d.among(callback.c.id, "in_flight")),
            not_(d.among(PAIR, "busy")),
            MINE,
            not_(
                exists(text("1"))
                .select_from(earlier)
                .where(
                    earlier.c.merchant == callback.c.merchant,
                    earlier.c.msisdn == callback.c.msisdn,
                    earlier.c.id < callback.c.id,
                    earlier.c.next_at.is_not(None),
                    earlier.c.created_at > bindparam("holding"),
                )
            ),
        )
        .order_by(callback.c.next_at, callback.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)
LEASE = Statement(
    lambda d: update(callback).where(d.among(callback.c.id, "ids")).values(node=bindparam("me"))
)
RELEASE = Statement(
    lambda d: (
        update(callback)
        .where(d.among(callback.c.node, "nodes"), text("node IS NOT NULL"))
        .values(node=null())
    )
)
RESULT = Statement(
    lambda d: (
        update(callback)
        .where(callback.c.id == bindparam("number"))
        .values(
            {
                name: bindparam(f"new_{name}")
                for name in (
                    "next_at",
                    "attempts",
                    "last_status",
                    "last_error",
                    "state",
                    "done_at",
                    "history",
                )
            }
            | {"node": null()}
        )
    )
)
NEXT = Statement(lambda d: select(func.min(callback.c.next_at)).where(callback.c.next_at > bindparam("at")))
LETS_GO = Statement(
    lambda d: select(func.min(callback.c.created_at)).where(
        callback.c.next_at > bindparam("at"), callback.c.created_at > bindparam("holding")
    )
)


def put(db: Db, rows: list[CallbackRow]) -> None:
    """Keep callbacks; the same key never makes a second one."""
    db.many(PUT, [_record(row) for row in rows])


def claim(
    db: Db,
    now: datetime,
    *,
    limit: int,
    busy: Collection[tuple[str, str]],
    merchants_off: Collection[str] = (),
    in_flight: Collection[int] = (),
    node: int | None = None,
) -> list[CallbackRow]:
    """Callbacks to deliver now, urgent ones first, at most one ordinary one for each merchant and number (RP1a).

    Args:    busy: (merchant, number) of ordinary callbacks on their way; urgent ones go past them.
             in_flight: ids on their way, never given again before their result.
             merchants_off: merchants that are given a rest.
             node: who leases them, where several nodes share the database; None leases nothing.
    """
    found = _claim(db, now, limit, busy, merchants_off, in_flight, me=node or 0)
    if node is not None and found:
        db.run(LEASE, ids=[row.id for row in found], me=node)
    return found


def _claim(
    db: Db,
    now: datetime,
    limit: int,
    busy: Collection[tuple[str, str]],
    merchants_off: Collection[str],
    in_flight: Collection[int],
    *,
    me: int,
) -> list[CallbackRow]:
    common = {
        "now": micros(now),
        "merchants_off": list(merchants_off),
        "in_flight": list(in_flight),
        "me": me,
    }
    found = [read(row) for row in db.rows(URGENT, **common, most=limit)]
    if len(found) >= limit:
        return found
    pairs = [f"{msisdn!s}|{merchant}" for merchant, msisdn in busy]
    taken: set[tuple[str, str]] = set()
    for raw in db.rows(IN_ORDER, **common, busy=pairs, holding=micros(now - HOLDS), most=limit - len(found)):
        row = read(raw)
        pair = (row.notice.merchant, str(row.notice.msisdn))
        if pair not in taken:
            taken.add(pair)
            found.append(row)
    return found


def release(db: Db, nodes: Collection[int]) -> int:
    """End the leases of nodes that are gone; returns how many there were."""
    return db.run(RELEASE, nodes=sorted(nodes)) if nodes else 0


def next_at(db: Db, after: datetime) -> datetime | None:
    """When a callback that waits now may go: its time comes, or the one that holds it back is too old to."""
    at = micros(after)
    moments = [db.value(NEXT, at=at)]
    holder = db.value(LETS_GO, at=at, holding=at - micros_of(HOLDS))
    moments.append(None if holder is None else holder + micros_of(HOLDS))
    known = [m for m in moments if m is not None]
    return instant(min(known)) if known else None


def micros_of(span: timedelta) -> int:
    """A span in microseconds."""
    return span // timedelta(microseconds=1)


def put_results(db: Db, results: list[CallbackResult]) -> None:
    """Write the ends of attempts: delivered, to be tried again at `next_at`, or parked."""
    records: list[Record] = []
    for r in results:
        next_ = None if r.delivered else micros_or_none(r.next_at)
        state = "delivered" if r.delivered else "parked" if next_ is None else "due"
        done_at = None if next_ is not None else micros(r.at)
        records.append((next_, r.attempts, r.status, storable(r.error), state, done_at, _history(r), r.id))
    db.many(RESULT, records)
    erasing.finish_callbacks(db, [r.id for r in results if r.delivered or r.next_at is None])


def _history(result: CallbackResult) -> str:
    attempts = [[micros(a.at), a.status, a.error, a.took_ms] for a in result.history]
    return storable(json.dumps(attempts, ensure_ascii=False))


def _record(row: CallbackRow) -> Record:
    n = row.notice
    return (
        row.id,
        n.key,
        str(n.kind),
        n.merchant,
        str(n.msisdn),
        str(n.short_code),
        micros(n.at),
        storable(n.id),
        storable(n.message_id),
        storable(n.text),
        n.keyword,
        n.network,
        n.country,
        n.report,
        n.reason_id,
        n.registration,
        micros_or_none(n.goodbye_by),
        int(n.urgent),
        micros(row.created_at),
        micros(row.next_at),
        row.attempts,
        row.last_status,
        storable(row.last_error),
        "due",
        None,
        json.dumps(dict(n.details)) if n.details else "{}",
        None,
        "[]",
    )


def read(row: Any) -> CallbackRow:
    """The row of a tuple in the order of the table; one that waits no more shows when it was made as `next_at`."""
    return CallbackRow(
        id=row[0],
        notice=Notice(
            key=row[1],
            kind=NoticeKind(row[2]),
            merchant=row[3],
            msisdn=Msisdn(row[4]),
            short_code=ShortCode(row[5]),
            at=instant(row[6]),
            id=row[7],
            message_id=row[8],
            text=row[9],
            keyword=row[10],
            network=row[11],
            country=row[12],
            report=row[13],
            reason_id=row[14],
            registration=row[15],
            goodbye_by=instant_or_none(row[16]),
            urgent=bool(row[17]),
            details={} if row[25] == "{}" else json.loads(row[25]),
        ),
        created_at=instant(row[18]),
        next_at=instant(row[18] if row[19] is None else row[19]),
        attempts=row[20],
        last_status=row[21],
        last_error=row[22],
        state=row[23],
        history=()
        if row[27] == "[]"
        else tuple(Attempt(instant(a[0]), a[1], a[2], a[3]) for a in json.loads(row[27])),
    )
