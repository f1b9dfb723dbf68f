"""Carry a decision of the engine into the batch: MTs, callbacks, consent lines, timers, alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from smsc.carrier import find_carrier, parts
from smsc.messages import ChargeState, Kind, Mo, Money, Mt, MtState, Notice, NoticeKind
from smsc.optin import Decision
from smsc.optin.decision import (
    Alarm,
    BillAndSend,
    Cancel,
    CancelTimer,
    Ignored,
    Notify,
    RecordConsent,
    Release,
    Send,
    SetSubscription,
    SetTimer,
)
from smsc.pipeline.batch import Batch
from smsc.sms.numbers import Msisdn
from smsc.sms.transliterate import transliterate
from smsc.store import AlarmRow, CallbackRow, ChargeRow, ConsentRow, MtRow, TimerRow

PRIORITY = {Kind.WELCOME: 1, Kind.CONTENT: 2}
"""MT6: answers to a handset first (0), then welcome, then content."""


def carry(batch: Batch, msisdn: Msisdn, decision: Decision, *, mo: Mo | None = None) -> list[int]:
    """Turn a decision's timers and effects into writes. Returns the ids of the MTs it made."""
    made: list[int] = []
    stops_told = 0
    for change in decision.changes:
        if isinstance(change, SetTimer):
            batch.writes.timers.append(TimerRow(msisdn=msisdn, timer=change))
        elif isinstance(change, SetSubscription):
            batch.moved.append((msisdn, change.subscription, mo))
        elif isinstance(change, CancelTimer):
            batch.writes.cancelled_timers.append(change.key)
    for effect in decision.effects:
        match effect:
            case Send():
                made += send(batch, msisdn, effect, mo=mo)
            case BillAndSend():
                made += send(batch, msisdn, effect.send, value=effect.value)
            case Notify(notice):
                if notice.kind is NoticeKind.STOP:
                    stops_told += 1
                    if stops_told > 1:  # merchants de-duplicate by id: one STOP ends several campaigns
                        notice = replace(notice, id=str(batch.ids.next()))
                tell(batch, notice)
            case RecordConsent():
                record(batch, msisdn, effect)
            case Cancel():
                withdraw(batch, msisdn, effect)
            case Release():
                release(batch, effect.mt)
            case Alarm():
                raise_alarm(batch, effect.kind, effect.text, msisdn=msisdn, campaign=effect.campaign)
            case Ignored():
                batch.count(f"ignored_{effect.reason.value}")
            case _:
                assert_never(effect)
    return made


def carrier_of(batch: Batch, msisdn: Msisdn, order: Send, *, mo: Mo | None) -> str | None:
    """The carrier an MT leaves by: the MO's own, else the order's, else what MT8 finds."""
    if mo is not None and order.answers_mo is not None:
        return mo.carrier
    if order.carrier:
        return order.carrier
    standing = batch.standing(msisdn)
    return find_carrier(
        batch.line.carriers,
        code_carriers=batch.line.carriers_of(order.short_code),
        network="",
        last_carrier=standing.last_carrier,
        msisdn=msisdn,
    )


def send(
    batch: Batch, msisdn: Msisdn, order: Send, *, mo: Mo | None = None, value: Money | None = None
) -> list[int]:
    """Make the outbox row; born `sending` where the free window has room (D3). Returns its id, if made."""
    carrier = carrier_of(batch, msisdn, order, mo=mo)
    if carrier is None:
        raise_alarm(
            batch,
            "no_carrier",
            f"no carrier of {order.short_code} serves this number",
            msisdn=msisdn,
            campaign=order.campaign,
        )
        return []
    profile = batch.line.carriers[carrier]
    mt = Mt(
        id=batch.ids.next(),
        kind=order.kind,
        msisdn=msisdn,
        short_code=order.short_code,
        carrier=carrier,
        text=as_sent(batch, order.campaign, order.text),
        reference=batch.ids.reference(),
        attempt=1,
        value=value,
        registration=order.registration,
        merchant=order.merchant,
        campaign=order.campaign,
        validity_s=order.validity_s,
    )
    priority, needed = PRIORITY.get(order.kind, 0), parts(profile, mt)
    leaves = not order.held and takes_room(batch, carrier, priority=priority, parts=needed)
    if not leaves:
        mt = replace(mt, attempt=0)  # the claim counts it up
    row = MtRow(
        mt=mt,
        state=MtState.HELD if order.held else MtState.SENDING if leaves else MtState.QUEUED,
        priority=priority,
        created_at=batch.now,
        not_before=batch.now,
        deadline=batch.now + timedelta(seconds=order.validity_s or batch.limits.validity_s),
        full_id=order.full_id,
        call=order.call,
        cause_mo=order.answers_mo,
        goodbye_of=order.goodbye_of,
        node=batch.node if leaves else None,
        parts=needed,
        submitted_at=batch.now if leaves else None,
    )
    if mt.billed:
        row = charge(batch, row, ChargeState.PENDING, reason="ordered")
    batch.give_birth(row)
    return [mt.id]


def as_sent(batch: Batch, campaign: str, text: str) -> str:
    """A text of a campaign as it is stored and sent: transliterated where the campaign asks for that."""
    known = batch.line.table.campaigns.get(campaign)
    return transliterate(text) if known is not None and known.extra.get("transliterate") else text


def takes_room(batch: Batch, carrier: str, *, priority: int, parts: int) -> bool:
    """Take window slots for an MT where there are enough and nobody of its class or better waits (D3, MT6)."""
    waiting = batch.out.backlog.get(carrier, False)
    if batch.slots.get(carrier, 0) < parts or (waiting and priority > 0):
        batch.out.backlog[carrier] = True
        return False
    batch.slots[carrier] -= parts
    return True


def charge(batch: Batch, row: MtRow, state: ChargeState, *, reason: str) -> MtRow:
    """Move a charge: one row for the transition (CH2). Returns the MT with its new charge state."""
    value = row.mt.value
    if value is None or row.charge is state:
        return row
    batch.writes.charges.append(
        ChargeRow(
            mt=row.mt.id, at=batch.now, state=state, minor=value.minor, currency=value.currency, reason=reason
        )
    )
    return replace(row, charge=state)


def tell(batch: Batch, notice: Notice) -> None:
    """Make the callback row; a merchant without a callback URL is told nothing."""
    merchant = batch.line.table.merchants.get(notice.merchant)
    if merchant is None or merchant.callback is None:
        return
    batch.writes.callbacks.append(
        CallbackRow(id=batch.ids.next(), notice=notice, created_at=batch.now, next_at=batch.now)
    )


def record(batch: Batch, msisdn: Msisdn, consent: RecordConsent) -> None:
    """Append one line to the consent ledger (OI)."""
    batch.writes.consents.append(
        ConsentRow(
            id=batch.ids.next(),
            msisdn=msisdn,
            generation=batch.standing(msisdn).generation,
            at=batch.now,
            consent=replace(consent, seen=as_sent(batch, consent.campaign, consent.seen)),
        )
    )
    batch.count(f"consent_{consent.state}")


def withdraw(batch: Batch, msisdn: Msisdn, order: Cancel) -> None:
    """Cancel what has not left for a registration (or an open request), flag content already on its way (OO3)."""
    stored = batch.tx.open_mts(msisdn, campaign=order.campaign, registration=order.registration)
    for row in [batch.rows.get(r.mt.id, r) for r in stored] + [
        r
        for r in batch.born.values()
        if r.mt.msisdn == msisdn
        and r.mt.campaign == order.campaign
        and r.mt.registration == order.registration
    ]:
        if row.mt.kind is Kind.GOODBYE:
            continue
        unwritten = row.state in (MtState.HELD, MtState.QUEUED) or row.mt.id in batch.born
        if unwritten and row.state in (MtState.HELD, MtState.QUEUED, MtState.SENDING):
            batch.change(
                charge(
                    batch,
                    replace(row, state=MtState.CANCELLED, done_at=batch.now, deadline=None),
                    ChargeState.FAILED,
                    reason="cancelled by stop",
                )
            )
            batch.count("withdrawn")
        elif row.state is MtState.SENDING:
            batch.change(replace(row, overtaken=True))
    if order.registration is not None:
        batch.out.withdrawn.add(order.registration)


def release(batch: Batch, mt: int) -> None:
    """Let a held MT go (S3)."""
    batch.read_rows([mt])
    row = batch.rows.get(mt)
    if row is None or row.state is not MtState.HELD:
        return
    if takes_room(batch, row.mt.carrier, priority=row.priority, parts=row.parts):
        batch.change(
            replace(
                row,
                mt=replace(row.mt, attempt=1),
                state=MtState.SENDING,
                node=batch.node,
                submitted_at=batch.now,
            )
        )
    else:
        batch.change(replace(row, state=MtState.QUEUED))


def raise_alarm(batch: Batch, kind: str, text: str, *, msisdn: Msisdn | None, campaign: str = "") -> None:
    """Something an operator should see; kept, counted and logged."""
    batch.writes.alarms.append(
        AlarmRow(id=batch.ids.next(), at=batch.now, kind=kind, msisdn=msisdn, campaign=campaign, text=text)
    )
