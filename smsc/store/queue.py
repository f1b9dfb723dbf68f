"""Taking MTs from the outbox to be sent, and taking them back from a node that died (D3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, update

from smsc.messages import MtState
from smsc.sms.numbers import Msisdn
from smsc.store.dialect import Dialect
from smsc.store.instants import instant, micros, micros_or_none
from smsc.store.mts import read
from smsc.store.rows import MtRow
from smsc.store.statements import Db, Statement
from smsc.store.tables import mo_part, mt, timer

BACKLOG_MAX = 1000
"""A backlog is counted up to here; more makes no difference to anybody."""

NEXT = Statement(
    lambda d: (
        select(mt)
        .where(
            mt.c.carrier == bindparam("on_carrier"),
            text("state = 'queued'"),
            mt.c.not_before <= bindparam("now"),
            or_(mt.c.deadline.is_(None), mt.c.deadline > bindparam("now_too")),
        )
        .order_by(mt.c.priority, mt.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)
CLAIM = Statement(
    lambda d: (
        update(mt)
        .where(d.among(mt.c.id, "ids"), text("state = 'queued'"))
        .values(
            state="sending", node=bindparam("by_node"), attempt=mt.c.attempt + 1, submitted_at=bindparam("at")
        )
        .returning(mt.c.id)
    )
)
WAKE = Statement(
    lambda d: (
        update(mt)
        .where(
            mt.c.msisdn == bindparam("number"),
            mt.c.carrier == bindparam("on_carrier"),
            text("state = 'queued' AND attempt > 0"),
            mt.c.not_before > bindparam("at"),
        )
        .values(not_before=bindparam("at_too"))
    )
)
BACKLOG = Statement(
    lambda d: select(func.count()).select_from(
        select(text("1"))
        .select_from(mt)
        .where(mt.c.carrier == bindparam("on_carrier"), text("state = 'queued'"))
        .limit(BACKLOG_MAX)
        .subquery()
    )
)


def in_hand(d: Dialect) -> ColumnElement[bool]:
    """Rows that one of the list `nodes` was sending."""
    return and_(text("state = 'sending'"), d.among(mt.c.node, "nodes"))


FREE = "COALESCE(value_minor, 0) = 0"
DROP = Statement(
    lambda d: (
        update(mt)
        .where(in_hand(d), text(f"overtaken = 1 AND {FREE}"))
        .values(state="cancelled", done_at=bindparam("at"), deadline=None)
    )
)
REQUEUE = Statement(
    lambda d: (
        update(mt)
        .where(in_hand(d), text(FREE))
        .values(state="queued", node=None, not_before=bindparam("at"), lost=1)
    )
)
DOUBT = Statement(
    lambda d: (
        update(mt)
        .where(in_hand(d))
        .values(
            state="in_doubt",
            deadline=func.coalesce(bindparam("until", type_=mt.c.deadline.type), mt.c.deadline),
        )
    )
)
SENDING = Statement(
    lambda d: (
        select(mt.c.id).where(text("state = 'sending'"), mt.c.node == bindparam("of_node")).order_by(mt.c.id)
    )
)
NEXT_TIMER = Statement(lambda d: select(func.min(timer.c.due)).where(text("state = 0")))
NEXT_DEADLINE = Statement(
    lambda d: select(func.min(mt.c.deadline)).where(text("deadline IS NOT NULL AND state <> 'sending'"))
)
NEXT_PARTS = Statement(lambda d: select(func.min(mo_part.c.deadline)))
NEXT_DELAYED = Statement(
    lambda d: select(func.min(mt.c.not_before)).where(
        text("state = 'queued'"), mt.c.not_before > bindparam("at")
    )
)


class Recovered(NamedTuple):
    """What became of the MTs that dead nodes had in hand."""

    requeued: int
    """Free ones: they may reach the carrier twice, with the same reference (D3)."""
    in_doubt: int
    """Billed ones: nothing sends them again (CH3)."""


def claim(db: Db, free: Mapping[str, int], *, node: int, now: datetime) -> list[MtRow]:
    """Take up to `free[carrier]` queued MTs of each carrier, best class first, then oldest (MT6).

    The UPDATE looks at the state again, so that what a STOP cancelled meanwhile stays cancelled (OO3). One whose
    validity has passed is left to the calendar.
    """
    at = micros(now)
    found: list[MtRow] = []
    for carrier, most in sorted(free.items()):
        if most > 0:
            rows = db.rows(NEXT, on_carrier=carrier, now=at, now_too=at, most=most)
            found += [read(row) for row in rows]
    if not found:
        return []
    ids = [row.mt.id for row in found]
    taken = {row[0] for row in db.rows(CLAIM, ids=ids, by_node=node, at=at)}
    return [
        replace(
            row,
            mt=replace(row.mt, attempt=row.mt.attempt + 1),
            state=MtState.SENDING,
            node=node,
            submitted_at=now,
        )
        for row in found
        if row.mt.id in taken
    ]


def wake(db: Db, carrier: str, msisdn: Msisdn, now: datetime) -> int:
    """Make MTs of a number due that were tried before; what waits for its first hour (MT7) goes on waiting."""
    at = micros(now)
    return db.run(WAKE, number=str(msisdn), on_carrier=carrier, at=at, at_too=at)


def backlog(db: Db, carriers: Iterable[str]) -> dict[str, int]:
    """How many MTs are queued for each carrier, counted up to BACKLOG_MAX."""
    return {carrier: int(db.value(BACKLOG, on_carrier=carrier) or 0) for carrier in carriers}


def recover(db: Db, nodes: Collection[int], *, now: datetime, in_doubt_until: datetime | None) -> Recovered:
    """Take back what these nodes had in hand: free ones to the queue, billed ones to in_doubt (D3).

    A free one that a STOP had overtaken is cancelled: after STOP nothing more is sent (OO3).
    """
    at, of = micros(now), sorted(nodes)
    db.run(DROP, nodes=of, at=at)
    requeued = db.run(REQUEUE, nodes=of, at=at)
    in_doubt = db.run(DOUBT, nodes=of, until=micros_or_none(in_doubt_until))
    return Recovered(requeued, in_doubt)


def sending(db: Db, node: int) -> list[int]:
    """MTs that a node has claimed, or given birth to as `sending`, and not settled."""
    return [row[0] for row in db.rows(SENDING, of_node=node)]


def next_due(db: Db, after: datetime) -> datetime | None:
    """When the calendar has something to do next: the first timer, MT deadline or parts deadline, overdue or not, or
    the first delayed MT that becomes ripe after `after` (ripe ones wait for the window, not for the calendar)."""
    moments = [db.value(s) for s in (NEXT_TIMER, NEXT_DEADLINE, NEXT_PARTS)]
    moments.append(db.value(NEXT_DELAYED, at=micros(after)))
    known = [m for m in moments if m is not None]
    return instant(min(known)) if known else None
