"""MOs through the line: redelivered or new, part or whole, routed, decided (D1a, RT8, RT2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from smsc import keywords
from smsc.carrier import fingerprint, join_mo
from smsc.messages import Mo, State
from smsc.optin import events
from smsc.optin.events import Event, FromMo
from smsc.optin.reminders import renewal_of
from smsc.optin.standing import Standing
from smsc.optin.stores import is_store, store_on
from smsc.pipeline.batch import Batch, Line
from smsc.pipeline.effects import carry, raise_alarm
from smsc.pipeline.items import MoItem
from smsc.store import Earlier, ReviewRow, StoredMo

PartKey = tuple[str, str, str, int, int]


def take_mos(batch: Batch, items: list[MoItem]) -> None:
    """Load what the batch's MOs need, in one go each."""
    known = batch.tx.earlier({item.fingerprint for item in items}, since=oldest_that_matters(batch, items))
    batch.earlier = {key: list(found) for key, found in known.items()}
    keys = {key for item in items if (key := part_key(item.mo)) is not None}
    batch.waiting = dict(batch.tx.waiting_parts(keys)) if keys else {}
    batch.load(item.mo.source for item in items)


def oldest_that_matters(batch: Batch, items: list[MoItem]) -> datetime:
    """Of what was received before, no MO of the batch is a redelivery, nor a part that came twice.

    A session may be lost `redelivery_s` after it brought an MO, and the carrier bring it again as long after that.
    """
    reach_s = max(batch.line.carriers[item.mo.carrier].redelivery_s for item in items)
    span = timedelta(seconds=max(2 * reach_s, batch.limits.parts_wait_s))
    return min(item.mo.received_at for item in items) - span


def take_mo(batch: Batch, item: MoItem) -> None:
    """One MO: absorb a redelivery, keep a part, or route and decide."""
    batch.out.mo_answers.append((item.mo.id, item.respond))
    if (first := redelivered(batch, item)) is not None and not ends_something(batch, item.mo):
        batch.writes.absorbed.append(first.id)
        batch.writes.mos.append(stored(item, route="redelivery", redelivery_of=first.id))
        batch.count("redelivered")
        return
    key = part_key(item.mo)
    if key is None:
        batch.writes.mos.append(through(batch, item.mo, stored(item)))
        return
    if (first := repeated(batch, item)) is not None:
        batch.writes.mos.append(stored(item, route="repeat", redelivery_of=first.id))
        batch.count("part_repeated")
        return
    batch.writes.mos.append(stored(item, route="part"))
    take_part(batch, key, item)


def stored(item: MoItem, *, route: str = "", redelivery_of: int | None = None) -> StoredMo:
    """The row of an MO as it came."""
    return StoredMo(
        mo=item.mo,
        fingerprint=item.fingerprint,
        session=item.session,
        route=route,
        redelivery_of=redelivery_of,
    )


def redelivered(batch: Batch, item: MoItem) -> Earlier | None:
    """The stored MO of which this is a redelivery (D1a): its answer may not have arrived, and it has absorbed none."""
    known = batch.earlier.setdefault(item.fingerprint, [])
    batch.asked[item.mo.id] = item.respond.received_s
    for place, earlier in enumerate(known):
        if not earlier.absorbed and may_come_again(batch, earlier, item):
            known[place] = replace(earlier, absorbed=True)
            known.append(_as_earlier(item))  # its own answer may be lost as well
            return earlier
    known.append(_as_earlier(item))
    return None


def _as_earlier(item: MoItem) -> Earlier:
    """What a copy later in the batch finds of this one."""
    return Earlier(
        id=item.mo.id,
        received_at=item.mo.received_at,
        session=item.session,
        session_closed_at=None,
        late=False,
        absorbed=False,
    )


def repeated(batch: Batch, item: MoItem) -> Earlier | None:
    """The same part of the same message, stored while its parts were waited for: a network sends some twice.

    No handset gives two messages of the same text the same reference that soon.
    """
    since = item.mo.received_at - timedelta(seconds=batch.limits.parts_wait_s)
    known = batch.earlier.get(item.fingerprint, ())
    return next((e for e in known if e.id != item.mo.id and e.received_at >= since), None)


def may_come_again(batch: Batch, earlier: Earlier, item: MoItem) -> bool:
    """Whether the carrier may still redeliver a stored MO, for want of an answer to it (D1a).

    Its session was lost, or it was answered too late, or it waits in this very batch and was given up meanwhile; or
    the carrier, which numbers its MOs, brings the same one again, over whatever session.
    Only for `redelivery_s`: the same words a month later are the subscriber's.
    """
    within = timedelta(seconds=batch.line.carriers[item.mo.carrier].redelivery_s)
    now = item.mo.received_at
    closed_at = earlier.session_closed_at or batch.closed.get(earlier.session)
    if earlier.session != item.session and closed_at is not None:
        return closed_at <= earlier.received_at + within and now <= closed_at + within
    asked_s = batch.asked.get(earlier.id)
    given_up = asked_s is not None and item.respond.received_s - asked_s > item.respond.response_s
    same = bool(item.mo.carrier_mo_id)  # it is in the fingerprint
    unanswered = same or earlier.late or given_up or earlier.id in batch.doubtful
    return unanswered and now <= earlier.received_at + within


def ends_something(batch: Batch, mo: Mo) -> bool:
    """Whether this is a STOP for something that lives: then it counts, whatever it looks like (OO1)."""
    if mo.short_code not in batch.line.table.codes or mo.part is not None:
        return False
    standing = batch.standing(mo.source)
    lives = any(s.state in (State.PENDING, State.ACTIVE) for s in standing.subscriptions.values())
    store = store_on(standing, mo.short_code)
    return lives and isinstance(route_of(batch, mo, store=store), keywords.Stop)


def part_key(mo: Mo) -> PartKey | None:
    """What the parts of one message have in common; None for a message of one part."""
    if mo.part is None or mo.part.total < 2:
        return None
    return (mo.carrier, str(mo.source), str(mo.short_code), mo.part.reference, mo.part.total)


def take_part(batch: Batch, key: PartKey, item: MoItem) -> None:
    """Keep a part until the others are there; join and route when they are (RT8)."""
    waiting = batch.waiting.setdefault(key, [])
    if any(p.mo.part and item.mo.part and p.mo.part.number == item.mo.part.number for p in waiting):
        # Another message under the same reference: what is there of the first goes through (RT8), flagged.
        join_parts(batch, waiting)
        batch.count("mo_incomplete")
        waiting = batch.waiting[key] = []
    waiting.append(stored(item))
    batch.writes.parts.append(waiting[-1])
    batch.part_waits(batch.now + timedelta(seconds=batch.limits.parts_wait_s))
    if len(waiting) == key[-1]:
        join_parts(batch, batch.waiting.pop(key))


def join_parts(batch: Batch, parts: list[StoredMo]) -> None:
    """Make one MO of the parts that are there and send it through; an incomplete one comes flagged (RT8)."""
    first = parts[0]
    joined = join_mo(batch.line.carriers[first.mo.carrier], [p.mo for p in parts])
    whole = replace(joined, id=batch.ids.next())
    batch.writes.joined += [p.mo.id for p in parts]
    row = StoredMo(mo=whole, fingerprint=fingerprint(whole), session=first.session)
    batch.writes.mos.append(through(batch, whole, row))


def through(batch: Batch, mo: Mo, row: StoredMo) -> StoredMo:
    """Route a whole MO, let the engine decide, carry the decision. Returns the row with what was made of it."""
    if mo.short_code not in batch.line.table.codes:
        batch.count("mo_unknown_code")
        raise_alarm(
            batch, "unknown_code", f"an MO came for {mo.short_code!s}, which is no code of ours", msisdn=None
        )
        return replace(row, route="no_code")
    batch.seen_on(mo)
    store = store_on(batch.standing(mo.source), mo.short_code)
    route = route_of(batch, mo, store=store)
    event = event_of(mo, route, fresh_id=batch.ids.next)
    decision = batch.decide(mo.source, event)
    carry(batch, mo.source, decision, mo=mo)
    name = type(event).__name__.lower()
    batch.count(f"mo_{name}")
    if isinstance(event, events.Review):
        batch.writes.reviews.append(
            ReviewRow(mo.id, mo.source, mo.short_code, event.campaigns, mo.text, batch.now)
        )
    return replace(
        row,
        route=name,
        campaign=getattr(event, "campaign", None) or store,
        reason=decision.because.value,
        rule=decision.rule,
    )


def route_of(batch: Batch, mo: Mo, *, store: str = "") -> keywords.Route:
    """What the text means to this number on this code (RT2). `store` has the code for the number (S1)."""
    return route_in(batch.line, batch.standing(mo.source), mo, store=store)


def route_in(line: Line, standing: Standing, mo: Mo, *, store: str = "") -> keywords.Route:
    """The same of any line and standing."""
    campaigns = line.table.campaigns
    pending, active = [], []
    for name, subscription in standing.subscriptions.items():
        campaign = campaigns.get(name)
        if campaign is None:
            continue
        # a store is joined on one code and talks on another: there, and only there, its answers are heard
        here = name == store if is_store(line.book, campaign) else campaign.short_code == mo.short_code
        if here:
            if subscription.state is State.PENDING:
                pending.append(name)
            elif subscription.state is State.ACTIVE:
                active.append(name)
                if renewal_of(standing, subscription) is not None:
                    pending.append(name)  # its answer is heard as that to a request is
    return keywords.route(line.table, mo.short_code, mo.text, pending=pending, active=active)


def event_of(mo: Mo, route: keywords.Route, *, fresh_id: Callable[[], int]) -> Event:
    """The engine's word for a route; a confirm word may need an id for its registration."""
    origin = FromMo(
        mo=mo.id,
        short_code=mo.short_code,
        text=mo.text,
        carrier=mo.carrier,
        network=mo.network,
        received_at=mo.received_at,
        may_answer=mo.may_answer,
    )
    match route:
        case keywords.Stop():
            return stop_event(mo, route)
        case keywords.Help():
            return events.Help(origin, campaign=route.campaign)
        case keywords.Confirm():
            return events.Confirm(origin, campaign=route.campaign, fresh_id=fresh_id())
        case keywords.Decline():
            return events.Decline(origin, campaign=route.campaign)
        case keywords.Ambiguous():
            return events.Ambiguous(origin, campaigns=tuple(route.campaigns))
        case keywords.BareStart():
            return events.BareStart(origin, pending=tuple(route.pending))
        case keywords.Keyword():
            return events.Keyword(origin, campaign=route.campaign, argument=route.argument)
        case keywords.Responder():
            return events.Responder(origin, campaign=route.campaign, word=route.word)
        case keywords.FreeText():
            return events.FreeText(origin, campaign=route.campaign)
        case keywords.Review():
            return events.Review(origin, campaigns=tuple(route.campaigns))
        case keywords.Unknown():
            return events.Unknown(origin)
        case _:
            assert_never(route)


def stop_event(mo: Mo, route: keywords.Stop) -> events.Stop:
    """A STOP, named by its MO."""
    return events.Stop(
        stop=mo.id,
        short_code=mo.short_code,
        text=mo.text,
        at=mo.received_at,
        campaigns=tuple(route.campaigns),
        everything=route.everything,
        carrier=mo.carrier,
        network=mo.network,
        may_answer=mo.may_answer,
    )
