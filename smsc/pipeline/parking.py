"""The last resort for an item that fails even alone: kept with its error; a STOP still takes effect (D4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from smsc import keywords
from smsc.carrier import join_mo
from smsc.messages import Mo, State
from smsc.optin.decision import Cancel, RecordConsent, SetTimer
from smsc.optin.events import TimerKind
from smsc.optin.invitation import BLOCK as INVITE_BLOCK
from smsc.optin.invitation import invites
from smsc.optin.standing import Block, Subscription
from smsc.optin.stores import is_store_code, store_on
from smsc.pipeline.batch import Batch
from smsc.pipeline.effects import raise_alarm, record, withdraw
from smsc.pipeline.items import MoItem, ReceiptItem
from smsc.pipeline.mos import part_key, route_of, stored
from smsc.sms.numbers import ShortCode
from smsc.store import ReceiptRow, TimerRow

GOODBYE_S = 30.0
"""S2: the goodbye is due 30 s after the commit of the STOP; a parked one leaves it to the server's timer."""


def park(batch: Batch, item: MoItem, error: str) -> None:
    """Keep an MO that cannot be decided; the caller acks it and an operator sees the alarm. A STOP still stops."""
    stop_if_it_says_so(batch, whole(batch, item.mo))
    batch.writes.mos.append(replace(stored(item, route="parked"), error=error[:500]))
    batch.out.mo_answers.append((item.mo.id, item.respond))
    batch.count("mo_parked")
    raise_alarm(batch, "mo_parked", f"MO {item.mo.id} could not be decided", msisdn=item.mo.source)


def whole(batch: Batch, mo: Mo) -> Mo:
    """The message that an MO completes; itself when it is no part, or others are still missing."""
    key = part_key(mo)
    if key is None:
        return mo
    parts = [found.mo for found in batch.tx.waiting_parts({key}).get(key, [])]
    if len(parts) + 1 < key[-1]:
        return mo
    batch.writes.joined += [part.id for part in parts]
    return join_mo(batch.line.carriers[mo.carrier], [*parts, mo])


def park_receipt(batch: Batch, item: ReceiptItem) -> None:
    """Keep a receipt that cannot be settled, unmatched; the caller acks it and an operator sees the alarm."""
    receipt = item.receipt
    batch.writes.receipts.append(
        ReceiptRow(id=batch.ids.next(), receipt=receipt, message_id=item.message_id, mt=None, part=1)
    )
    batch.out.taken.append(item.respond)
    batch.count("receipt_parked")
    raise_alarm(
        batch, "receipt_parked", f"receipt {receipt.message_id} could not be settled", msisdn=receipt.msisdn
    )


def stop_if_it_says_so(batch: Batch, mo: Mo) -> None:
    """Let an MO that routes as a stop stop, whatever else failed."""
    if mo.short_code in batch.line.table.codes and isinstance(route_of(batch, mo), keywords.Stop):
        stop_plainly(batch, mo)


def stop_plainly(batch: Batch, mo: Mo) -> None:
    """End every live subscription of the number on the code, with nothing rendered and nobody called.

    Reads no text or template, so that what broke the full decision cannot break this one. The goodbye is the
    server's, by timer. Of several opt-ins by invitation none can be chosen here: all on the code end.
    """
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
        end_registration(batch, mo, subscription)
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


def end_registration(batch: Batch, mo: Mo, subscription: Subscription) -> None:
    """The evidence and the goodbye timer of one plainly stopped subscription."""
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
