"""The last resort for an item that fails even alone: kept with its error; a STOP still takes effect (D4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from smsc import keywords
from smsc.messages import State
from smsc.optin.decision import Cancel, RecordConsent, SetTimer
from smsc.optin.events import TimerKind
from smsc.optin.invitation import BLOCK as INVITE_BLOCK
from smsc.optin.invitation import invites
from smsc.optin.standing import Block, Subscription
from smsc.optin.stores import is_store_code, store_on
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import raise_alarm, record, withdraw
from smsc.pipeline.items import MoItem
from smsc.pipeline.mos import route_of, stored
from smsc.sms.numbers import ShortCode
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
    server's, by timer. Of several opt-ins by invitation none can be chosen here: all on the code end.
    """
    mo = item.mo
    batch.load([mo.source])
    standing = batch.standing(mo.source)
    store = store_on(standing, mo.short_code)
    subscriptions = dict(standing.subscriptions)
    registrations = dict(standing.registrations)
    ended: list[Subscription] = []
    for name, subscription in standing.subscriptions.items():
        here = name == store or name.startswith(f"{mo.short_code!s}/")
        if not here or subscription.state not in (State.PENDING, State.ACTIVE):
            continue
        ended.append(subscription)
        subscriptions[name] = replace(subscription, state=State.OPTED_OUT, since=batch.now, holds=())
        end_registration(batch, item, subscription)
        opened = registrations.get(subscription.registration or 0)
        if opened is not None:
            registrations[opened.id] = replace(
                opened,
                ended_at=batch.now,
                stop=mo.id,
                goodbye_by=batch.now + timedelta(seconds=GOODBYE_S),
            )
    held = {(b.scope, b.key) for b in standing.blocks}
    wanted = [key for key in blocks_of(batch, mo.short_code, ended) if key not in held]
    blocks = standing.blocks | {Block(scope, key, batch.now, mo.id) for scope, key in wanted}
    batch.put(replace(standing, subscriptions=subscriptions, registrations=registrations, blocks=blocks))


def blocks_of(batch: Batch, short_code: ShortCode, ended: Iterable[Subscription]) -> list[tuple[str, str]]:
    """Scope and key of the blocks that a STOP sets: of invitations, of each store that ended, else of the code."""
    book = batch.line.book
    if invites(book.profile_on(short_code)):
        return [INVITE_BLOCK]
    if is_store_code(book, short_code):
        return [("store", one.campaign) for one in ended]
    return [("code", str(short_code))]


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
