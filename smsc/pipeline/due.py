"""What is due: timers of subscribers, MTs past their deadline, parts that waited long enough."""

from __future__ import annotations

from datetime import datetime

from smsc.messages import State
from smsc.optin.events import TimerDue, TimerKind
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import carry, raise_alarm
from smsc.pipeline.mos import join_parts, part_key
from smsc.pipeline.outcomes import overdue
from smsc.store import StoredMo, TimerRow


def take_due(batch: Batch, *, items_max: int) -> None:
    """Fire up to `items_max` timers, and as many overdue MTs and part sets; say whether more is left."""
    timers = batch.tx.due_timers(batch.now, items_max)
    named = {t.timer.registration for t in timers if t.timer.registration is not None}
    batch.load([t.msisdn for t in timers], registrations=named)
    for row in timers:
        fire(batch, row)
    late = batch.tx.due_mts(batch.now, items_max)
    batch.take_parts([r.mt.id for r in late if r.parts > 1])
    for mt in late:
        batch.rows.setdefault(mt.mt.id, mt)
        overdue(batch, batch.rows[mt.mt.id])
    parts = batch.tx.due_parts(batch.now, items_max)
    release_parts(batch, parts)
    batch.out.due_left = max(len(timers), len(late), len(parts)) >= items_max


def fire(batch: Batch, row: TimerRow) -> None:
    """One wait is over; marked fired in the commit of its effects."""
    timer = row.timer
    batch.writes.fired_timers.append(timer.key)
    event = TimerDue(
        key=timer.key,
        kind=timer.kind,
        campaign=timer.campaign,
        registration=timer.registration,
        stop=timer.stop,
        shown_at=shown_at(batch, row),
    )
    carry(batch, row.msisdn, batch.decide(row.msisdn, event))
    batch.count(f"timer_{timer.kind.value}")


def shown_at(batch: Batch, row: TimerRow) -> datetime | None:
    """When the request was delivered that nobody answered; only flows that take silence for consent ask."""
    if row.timer.kind is not TimerKind.CONFIRM:
        return None
    subscription = batch.standing(row.msisdn).subscriptions.get(row.timer.campaign)
    if subscription is None or subscription.state is not State.PENDING:
        return None
    if batch.line.book.profile_of(subscription).flow.rule(State.PENDING, "unanswered") is None:
        return None
    return batch.tx.shown_at(row.msisdn, campaign=subscription.campaign, since=subscription.since)


def fire_alone(batch: Batch, row: TimerRow) -> None:
    """A timer whose decision fails even alone: marked fired so that the others go on, and shown to an operator."""
    batch.writes.fired_timers.append(row.timer.key)
    raise_alarm(
        batch,
        "timer_parked",
        f"timer {row.timer.key} could not be decided",
        msisdn=row.msisdn,
        campaign=row.timer.campaign,
    )


def release_parts(batch: Batch, parts: list[StoredMo]) -> None:
    """Join what is there of each message and route it, flagged (RT8: a two-part STOP is never lost)."""
    sets: dict[object, list[StoredMo]] = {}
    for part in parts:
        sets.setdefault(part_key(part.mo), []).append(part)
    for found in sets.values():
        join_parts(batch, found)
        batch.count("mo_incomplete")
