"""Carry a decision of the engine into the batch: MTs, callbacks, consent lines, timers, alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import assert_never

from smsc.carrier import find_carrier, parts
from smsc.messages import ChargeState, Kind, Mo, Money, Mt, MtState, Notice, NoticeKind
from smsc.optin import Decision
from smsc.optin.decision import (
    Alarm,
    BillAndSend,
    Cancel,
    CancelTimer,
    Expire,
    Hold,
    Ignored,
    Notify,
    RecordConsent,
    Release,
    Resume,
    Send,
    SetSubscription,
    SetTimer,
)
from smsc.optin.quiet import leaves_at, zones_of
from smsc.pipeline import dlrs
from smsc.pipeline.batch import Batch
from smsc.pipeline.formats import CRMTEXT
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
                    # merchants de-duplicate by id: one STOP ends several campaigns, and an opt-in that ends by
                    # itself has no MO that names its end
                    if stops_told > 1 or notice.id == notice.registration:
                        notice = replace(notice, id=str(batch.ids.next()))
                tell(batch, notice)
            case RecordConsent():
                record(batch, msisdn, effect)
            case Cancel():
                withdraw(batch, msisdn, effect)
            case Release():
                release(batch, effect)
            case Expire():
                expire(batch, effect.mt)
            case Hold():
                hold(batch, msisdn, effect)
            case Resume():
                resume(batch, msisdn, effect)
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
        id=batch.ids.next() if order.mt is None else order.mt,
        kind=order.kind,
        msisdn=msisdn,
        short_code=order.short_code,
        carrier=carrier,
        text=as_sent(batch, order.campaign, order.text),
        octets=order.octets,
        reference=batch.ids.reference(),
        attempt=1,
        value=value,
        registration=order.registration,
        merchant=order.merchant,
        campaign=order.campaign,
        validity_s=order.validity_s,
    )
    priority, needed = PRIORITY.get(order.kind, 0), parts(profile, mt)
    not_before = may_leave(batch, mt, batch.now + timedelta(seconds=order.after_s))
    now = not order.held and not_before == batch.now
    leaves = now and takes_room(batch, carrier, parts=needed)
    if not leaves:
        mt = replace(mt, attempt=0)  # the claim counts it up
    row = MtRow(
        mt=mt,
        state=MtState.HELD if order.held else MtState.SENDING if leaves else MtState.QUEUED,
        priority=priority,
        created_at=batch.now,
        not_before=not_before,
        deadline=None if waits_for_consent(order) else deadline(not_before, batch, order.validity_s),
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


def may_leave(batch: Batch, mt: Mt, moment: datetime) -> datetime:
    """`moment`, or the end of the campaign's quiet hours where the subscriber is; for content only (MT7)."""
    known = batch.line.table.campaigns.get(mt.campaign) if mt.kind is Kind.CONTENT else None
    quiet = known.extra.get("quiet_hours") if known is not None else None
    if not isinstance(quiet, tuple):
        return moment
    code = batch.line.table.codes.get(mt.short_code)
    begin, end = (time.fromisoformat(each) for each in quiet)
    return leaves_at(moment, (begin, end), zones_of(mt.msisdn, code.country if code else ""))


def deadline(moment: datetime, batch: Batch, validity_s: float | None) -> datetime:
    """Until when an MT that may leave at `moment` may be sent."""
    return moment + timedelta(seconds=validity_s or batch.limits.validity_s)


def waits_for_consent(order: Send) -> bool:
    """A welcome held for the confirm word: its flow ends the wait, not its validity (S3)."""
    return order.held and order.kind is Kind.WELCOME


def as_sent(batch: Batch, campaign: str, text: str) -> str:
    """A text of a campaign as it is stored and sent: transliterated where the campaign asks for that."""
    known = batch.line.table.campaigns.get(campaign)
    return transliterate(text) if known is not None and known.extra.get("transliterate") else text


def takes_room(batch: Batch, carrier: str, *, parts: int) -> bool:
    """Take window slots for an MT where there are enough and nobody waits (D3).

    Where somebody does, it is claimed in this very commit in its turn: by class, then by age (MT6).
    """
    if batch.slots.get(carrier, 0) < parts or batch.out.backlog.get(carrier, False):
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
    if merchant.callback.format == CRMTEXT and notice.kind in (NoticeKind.REPORT, NoticeKind.SUBSCRIBED):
        return  # that API posts texts of subscribers and nothing else
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
    if order.held is not None:
        batch.read_rows([order.held])
        row = batch.rows.get(order.held)
        if row is not None and row.state is MtState.HELD:
            batch.change(replace(row, state=MtState.CANCELLED, done_at=batch.now, error="replaced"))
        return
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
            if order.registration is not None:  # of an open request its STOP notice tells
                report_withdrawn(batch, row)
            batch.count("withdrawn")
        elif row.state is MtState.SENDING:
            batch.change(replace(row, overtaken=True))
    if order.registration is not None:
        batch.out.withdrawn.add(order.registration)


def release(batch: Batch, order: Release) -> None:
    """Let a held MT go as part of a registration; it is claimed in this very commit where there is room (S3, D3)."""
    batch.read_rows([order.mt])
    row = batch.rows.get(order.mt)
    if row is None or row.state is not MtState.HELD:
        return
    full_id = row.full_id if order.registration is None else f"{order.registration}|{row.full_id.lstrip('|')}"
    mt = row.mt if order.registration is None else replace(row.mt, registration=order.registration)
    let_go(
        batch, replace(row, mt=mt, full_id=full_id, deadline=deadline(batch.now, batch, row.mt.validity_s))
    )


def let_go(batch: Batch, row: MtRow) -> None:
    """A held row joins the queue."""
    batch.change(replace(row, state=MtState.QUEUED))
    batch.out.backlog[row.mt.carrier] = True


def expire(batch: Batch, mt: int) -> None:
    """Give up a held MT; its merchant is told (S3)."""
    batch.read_rows([mt])
    row = batch.rows.get(mt)
    if row is None or row.state is not MtState.HELD:
        return
    batch.change(replace(row, state=MtState.EXPIRED, done_at=batch.now, deadline=None, error="not confirmed"))
    report(batch, row, "VALIDITY_EXPIRED", reason_id="")


def of_registration(batch: Batch, msisdn: Msisdn, campaign: str, registration: int) -> list[MtRow]:
    """Rows of a registration that have not left, stored or made in this batch, as they stand now."""
    stored = batch.tx.open_mts(msisdn, campaign=campaign, registration=registration)
    born = [r for r in batch.born.values() if (r.mt.msisdn, r.mt.registration) == (msisdn, registration)]
    return [batch.rows.setdefault(row.mt.id, row) for row in [*stored, *born]]


def hold(batch: Batch, msisdn: Msisdn, order: Hold) -> None:
    """Keep queued content back (OO2 menu, RT3a); what was written to a socket is gone."""
    for row in of_registration(batch, msisdn, order.campaign, order.registration):
        if row.state is MtState.QUEUED and row.mt.kind is Kind.CONTENT:
            batch.change(replace(row, state=MtState.HELD))
            batch.count("held")


def resume(batch: Batch, msisdn: Msisdn, order: Resume) -> None:
    """Let held content go."""
    for row in of_registration(batch, msisdn, order.campaign, order.registration):
        if row.state is MtState.HELD:
            let_go(batch, row)


def report(batch: Batch, row: MtRow, word: str, *, reason_id: str) -> None:
    """Tell the merchant who sent it, once for each word (RP1)."""
    if row.call is None:
        return
    if (wanted := dlrs.asked(batch, row)) is not None:
        dlrs.tell(batch, row, word, wanted=wanted, reason_id=reason_id)
        return
    code = batch.line.table.codes.get(row.mt.short_code)
    tell(
        batch,
        Notice(
            key=f"report:{row.mt.id}:{word}",
            kind=NoticeKind.REPORT,
            merchant=row.mt.merchant,
            msisdn=row.mt.msisdn,
            short_code=row.mt.short_code,
            at=batch.now,
            id=row.full_id,
            message_id=row.full_id,
            report=word,
            reason_id=reason_id,
            country=code.country if code else "",
            registration="" if row.mt.registration is None else str(row.mt.registration),
        ),
    )


def report_withdrawn(batch: Batch, row: MtRow) -> None:
    """Tell the merchant that a STOP took back what was taken from it (OO3): the number is barred."""
    report(batch, row, "REJECTED", reason_id="BARRED")


def raise_alarm(batch: Batch, kind: str, text: str, *, msisdn: Msisdn | None, campaign: str = "") -> None:
    """Something an operator should see; kept, counted and logged."""
    batch.writes.alarms.append(
        AlarmRow(id=batch.ids.next(), at=batch.now, kind=kind, msisdn=msisdn, campaign=campaign, text=text)
    )
