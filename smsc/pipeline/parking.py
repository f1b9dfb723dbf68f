"""The last resort for an item that fails even alone: kept with its error; a STOP still takes effect (D4)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from smsc import keywords
from smsc.carrier import join_mo
from smsc.messages import Mo, MtState, State, Verdict
from smsc.optin import apply
from smsc.optin.decision import Cancel, Reason, RecordConsent, SetTimer
from smsc.optin.events import Stop, TimerKind
from smsc.optin.invitation import BLOCK as INVITE_BLOCK
from smsc.optin.invitation import ended_by, invites, several_left
from smsc.optin.standing import Block, Standing, Subscription
from smsc.optin.stores import is_store_code, store_on
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import Answer
from smsc.pipeline.effects import carry, may_leave, raise_alarm, record, withdraw
from smsc.pipeline.items import CallItem, Item, MoItem, ReceiptItem, ResultItem
from smsc.pipeline.mos import part_key, route_of, stop_event, stored
from smsc.pipeline.requests import Reply, RequestItem
from smsc.sms.numbers import ShortCode
from smsc.store import ReceiptRow, TimerRow

log = logging.getLogger("smsc.pipeline")

GOODBYE_S = 30.0
"""S2: the goodbye is due 30 s after the commit of the STOP; a parked one leaves it to the server's timer."""


def park(batch: Batch, item: MoItem, error: str) -> None:
    """Keep an MO that cannot be decided; the caller acks it and an operator sees the alarm. A STOP still stops."""
    stop_if_it_says_so(batch, whole(batch, item.mo))
    batch.writes.mos.append(replace(stored(item, route="parked"), error=error[:500]))
    batch.out.mo_answers.append((item.mo.id, item.respond))
    batch.count("mo_parked")
    raise_alarm(batch, "mo_parked", f"MO {item.mo.id} could not be decided", msisdn=item.mo.source)


def park_item(batch: Batch, item: Item) -> None:
    """Put an item aside that could not be decided even alone, as its source understands."""
    match item:
        case MoItem():
            park(batch, item, "the decision failed")
        case CallItem():
            batch.out.answers.append((item, Answer(Reason.NO_RULE, detail="internal")))
        case RequestItem():
            batch.out.replies.append((item, Reply(Reason.NO_RULE, detail="internal")))
        case ReceiptItem():
            park_receipt(batch, item)
        case ResultItem():
            park_result(batch, item)
        case _:
            batch.count("item_parked")


def park_result(batch: Batch, item: ResultItem) -> None:
    """Keep what the carrier said of an MT where nothing more can be made of it; an operator sees the alarm.

    A billed one is in doubt: its receipt or its deadline settles it (CH3). A free one was taken, or goes again later.
    """
    result = item.result
    row = batch.tx.mts([result.mt]).get(result.mt)
    batch.count("item_parked")
    if row is None or row.state is not MtState.SENDING or row.mt.attempt != result.attempt:
        return
    parked = replace(row, node=None, bind=result.bind, message_id=item.message_id if row.parts == 1 else "")
    if row.mt.billed:
        wait = timedelta(seconds=batch.line.carriers[row.mt.carrier].receipt_wait_s)
        batch.change(replace(parked, state=MtState.IN_DOUBT, deadline=batch.now + wait))
    elif result.verdict is Verdict.ACCEPTED or row.mt.attempt >= batch.limits.attempts_max:
        state = MtState.ACCEPTED if result.verdict is Verdict.ACCEPTED else MtState.FAILED
        batch.change(replace(parked, state=state, status=result.status, deadline=None))
    else:
        later = batch.now + timedelta(seconds=batch.limits.retry_s_max)
        batch.change(replace(parked, state=MtState.QUEUED, not_before=may_leave(batch, row.mt, later)))
    text = f"the result of MT {result.mt} could not be settled"
    raise_alarm(batch, "mt_parked", text, msisdn=row.mt.msisdn, campaign=row.mt.campaign)


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
    if mo.short_code in batch.line.table.codes and isinstance(route := route_of(batch, mo), keywords.Stop):
        stop_plainly(batch, mo, stop_event(mo, route))


def stop_plainly(batch: Batch, mo: Mo, event: Stop) -> None:
    """End the number's live subscriptions on the code and set the block, with nothing rendered and nobody called.

    Reads no text or template, so that what broke the full decision cannot break this one. The goodbye is the
    server's, by timer. Of several opt-ins by invitation none ends, and the reply says so where it can be made (S4).
    """
    batch.load([mo.source])
    standing = batch.standing(mo.source)
    subscriptions = dict(standing.subscriptions)
    registrations = dict(standing.registrations)
    invited = invites(batch.line.book.profile_on(mo.short_code))
    ended, several = ended_by(batch.line.book, standing, event) if invited else (live_on(standing, mo), False)
    for subscription in ended:
        name = subscription.campaign
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
    if several:
        say_several(batch, mo, event)


def live_on(standing: Standing, mo: Mo) -> list[Subscription]:
    """The live subscriptions of the code that an MO came to."""
    store = store_on(standing, mo.short_code)
    return [
        subscription
        for name, subscription in standing.subscriptions.items()
        if (name == store or name.startswith(f"{mo.short_code!s}/"))
        and subscription.state in (State.PENDING, State.ACTIVE)
    ]


def say_several(batch: Batch, mo: Mo, event: Stop) -> None:
    """Tell the number that its opt-ins stay (S4); a reply that cannot be made takes nothing else with it."""
    standing = batch.standing(mo.source)
    try:
        reply = several_left(batch.line.book, standing, event, batch.now)
        carry(batch, mo.source, reply, mo=mo)
    except Exception:  # the block stands, whatever is wrong with the text
        log.exception("stop not answered", extra={"event": "stop_unanswered", "mo": mo.id})
    else:
        batch.put(apply(standing, reply))


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
