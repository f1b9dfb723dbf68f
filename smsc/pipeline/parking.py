"""The last resort for an item that fails even alone: kept with its error; a STOP still takes effect (D4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsc import keywords
from smsc.messages import State
from smsc.optin.decision import Cancel, RecordConsent, SetTimer
from smsc.optin.events import TimerKind
from smsc.optin.standing import Block, Subscription
from smsc.optin.stores import store_on
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import raise_alarm, record, withdraw
from smsc.pipeline.items import MoItem
from smsc.pipeline.mos import route_of, stored
from smsc.store import TimerRow

GOODBYE_S = 30.0
"""S2: the goodbye is due 30 s after the commit of the STOP; a parked one leaves it to the server's timer."""


def park(batch: Batch, item: MoItem, error: str) -> None:
    """Keep an MO that cannot be decided; the caller acks it and an operator sees the alarm."""
    batch.writes.mos.append(replace(stored(item, route="parked"), error=error[:500]))
    batch.out.mo_answers.append((item.mo.id, item.respond))
    batch.count("mo_parked")
    raise_alarm(batch, "mo_parked", f"MO {item.mo.id} could not be decided", msisdn=item.mo.source)


def is_stop(batch: Batch, item: MoItem) -> bool:
    """Whether the MO routes as a stop; answers for any text."""
    if item.mo.short_code not in batch.line.table.codes:
        return False
    return isinstance(route_of(batch, item.mo), keywords.Stop)


def stop_plainly(batch: Batch, item: MoItem) -> None:
    """End every live subscription of the number on the code, with nothing rendered and nobody called.

    Reads no text or template, so that what broke the full decision cannot break this one. The goodbye is the
    server's, by timer.
    """
    mo = item.mo
    batch.load([mo.source])
    standing = batch.standing(mo.source)
    store = store_on(standing, mo.short_code)
    subscriptions = dict(standing.subscriptions)
    registrations = dict(standing.registrations)
    for name, subscription in standing.subscriptions.items():
        here = name == store or name.startswith(f"{mo.short_code!s}/")
        if not here or subscription.state not in (
            State.PENDING,
            State.ACTIVE,
        ):
            continue
        subscriptions[name] = replace(subscription, state=State.OPTED_OUT, since=batch.now, holds=())
        end_registration(batch, item, subscription)
        ended = registrations.get(subscription.registration or 0)
        if ended is not None:
            registrations[ended.id] = replace(
                ended,
                ended_at=batch.now,
                stop=mo.id,
                goodbye_by=batch.now + timedelta(seconds=GOODBYE_S),
            )
    block = Block(scope="code", key=str(mo.short_code), since=batch.now, by=mo.id)
    blocks = {b for b in standing.blocks if (b.scope, b.key) != (block.scope, block.key)} | {block}
    batch.put(
        replace(standing, subscriptions=subscriptions, registrations=registrations, blocks=frozenset(blocks))
    )


def end_registration(batch: Batch, item: MoItem, subscription: Subscription) -> None:
    """The evidence and the goodbye timer of one plainly stopped subscription."""
    mo = item.mo
    record(
        batch,
        mo.source,
        RecordConsent(
            campaign=subscription.campaign,
            state=State.OPTED_OUT.value,
            by="mo",
            ref=mo.id,
            profile=subscription.profile,
            version=subscription.version,
            registration=subscription.registration,
        ),
    )
    withdraw(batch, mo.source, Cancel(subscription.campaign, subscription.registration))
    if subscription.registration is not None:
        timer = SetTimer(
            key=f"goodbye:{subscription.registration}:{mo.id}",
            kind=TimerKind.GOODBYE,
            due=batch.now + timedelta(seconds=GOODBYE_S),
            campaign=subscription.campaign,
            registration=subscription.registration,
            stop=mo.id,
        )
        batch.writes.timers.append(TimerRow(msisdn=mo.source, timer=timer))
