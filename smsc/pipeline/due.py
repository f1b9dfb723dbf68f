"""What is due: timers of subscribers, MTs past their deadline, parts and refusals that were kept long enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from smsc.messages import State
from smsc.optin.events import TimerDue, TimerKind
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import carry, raise_alarm
from smsc.pipeline.mos import join_parts, part_key
from smsc.pipeline.outcomes import overdue
from smsc.pipeline.parking import stop_if_it_says_so
from smsc.pipeline.refusals import drop_old
from smsc.store import StoredMo, TimerRow


def take_due(batch: Batch, *, items_max: int) -> None:
    """Fire up to `items_max` timers, and as many overdue MTs and part sets; say whether more is left."""
    batch.out.due_left = max([take(batch, items_max) for take, _ in DUE]) >= items_max


def take_timers(batch: Batch, items_max: int) -> int:
    """Fire the timers that have waited longest; how many."""
    timers = batch.tx.due_timers(batch.now, items_max)
    named = {t.timer.registration for t in timers if t.timer.registration is not None}
    batch.load([t.msisdn for t in timers], registrations=named)
    for row in timers:
        fire(batch, row)
    return len(timers)


def take_late_mts(batch: Batch, items_max: int) -> int:
    """End the MTs that are longest past their deadline; how many."""
    late = batch.tx.due_mts(batch.now, items_max)
    batch.take_parts([r.mt.id for r in late if r.parts > 1])
    for mt in late:
        batch.rows.setdefault(mt.mt.id, mt)
        overdue(batch, batch.rows[mt.mt.id])
    return len(late)


def take_late_parts(batch: Batch, items_max: int) -> int:
    """Route what is there of the messages that have waited longest for their other parts; how many parts."""
    parts = batch.tx.due_parts(batch.now, items_max)
    release_parts(batch, parts)
    return len(parts)


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


def give_up_timers(batch: Batch, items_max: int) -> int:
    """Timers whose decision fails even alone: marked fired so that the others go on, and shown to an operator."""
    timers = batch.tx.due_timers(batch.now, items_max)
    for row in timers:
        batch.writes.fired_timers.append(row.timer.key)
        what = f"timer {row.timer.key} could not be decided"
        raise_alarm(batch, "timer_parked", what, msisdn=row.msisdn, campaign=row.timer.campaign)
    return len(timers)


def give_up_late_mts(batch: Batch, items_max: int) -> int:
    """MTs that cannot be ended: they wait for nothing any more, and an operator sees them."""
    late = batch.tx.due_mts(batch.now, items_max)
    for row in late:
        batch.change(replace(row, deadline=None))
        what = f"MT {row.mt.id} is past its deadline and could not be ended"
        raise_alarm(batch, "mt_parked", what, msisdn=row.mt.msisdn, campaign=row.mt.campaign)
    return len(late)


def give_up_late_parts(batch: Batch, items_max: int) -> int:
    """Parts that cannot be joined or routed: their rows stay, a STOP in them takes effect, an operator sees them."""
    parts = batch.tx.due_parts(batch.now, items_max)
    for part in parts:
        batch.writes.joined.append(part.mo.id)
        stop_if_it_says_so(batch, part.mo)
        what = f"part {part.mo.id} of an MO could not be routed"
        raise_alarm(batch, "mo_parked", what, msisdn=part.mo.source)
    return len(parts)


def release_parts(batch: Batch, parts: list[StoredMo]) -> None:
    """Join what is there of each message and route it, flagged (RT8: a two-part STOP is never lost)."""
    sets: dict[object, list[StoredMo]] = {}
    for part in parts:
        sets.setdefault(part_key(part.mo), []).append(part)
    for found in sets.values():
        join_parts(batch, found)
        batch.count("mo_incomplete")


Due = Callable[[Batch, int], int]
"""Does up to so many of a kind that is due; returns how many there were."""

DUE: tuple[tuple[Due, Due], ...] = (
    (take_timers, give_up_timers),
    (take_late_mts, give_up_late_mts),
    (take_late_parts, give_up_late_parts),
    (drop_old, drop_old),
)
"""Each kind that comes due, and the last resort for one that cannot be done."""
