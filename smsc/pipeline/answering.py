"""Requests through the line: decided by the engine, carried like any decision, answered after the commit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from smsc.carrier import find_carrier
from smsc.messages import Kind, State
from smsc.optin.decision import Decision, Reason, Send
from smsc.optin.events import BlockChange, Imported, Invite, Reviewed, Stop
from smsc.optin.standing import Standing
from smsc.optin.turn import allowed
from smsc.optin.wording import render_code
from smsc.pipeline.batch import Batch
from smsc.pipeline.blocking import not_theirs
from smsc.pipeline.effects import carry, send
from smsc.pipeline.importing import REFUSED, Fault, fault_of
from smsc.pipeline.once import done_once
from smsc.pipeline.refusals import forget
from smsc.pipeline.requests import (
    BlockAsk,
    CodeAsk,
    DeactivateAsk,
    EraseAsk,
    ImportAsk,
    InviteAsk,
    RefusalAsk,
    Reply,
    RequestItem,
    ReviewAsk,
    StopAsk,
)
from smsc.sms.numbers import Msisdn, ShortCode
from smsc.store import CodeRow, InvitationRow, StillOnTheWay, StillSubscribed

CODE_S = 600.0
"""How long a one-time code is good."""

CODES_A_MINUTE = 1
CODES_A_DAY = 5


def take_request(batch: Batch, item: RequestItem) -> None:
    """Answer one request; the answer leaves after the commit (D2)."""
    reply = (
        answer(batch, item) if item.once is None else done_once(batch, item.once, lambda: answer(batch, item))
    )
    batch.out.replies.append((item, reply))


def answer(batch: Batch, item: RequestItem) -> Reply:
    """Decide one request."""
    number = batch.ids.next()
    match item.ask:
        case InviteAsk():
            return invite(batch, item.msisdn, item.ask, number)
        case StopAsk():
            return opt_out(batch, item.msisdn, item.ask, number)
        case BlockAsk(channel, scope, key, lift, evidence):
            if (refused := not_theirs(batch, item.msisdn, item.ask)) is not None:
                return refused
            event = BlockChange(number, channel, scope, key, lift, evidence)
            return said(number, decide(batch, item.msisdn, event))
        case ImportAsk():
            return take_in(batch, item.msisdn, item.ask, number)
        case DeactivateAsk():
            return deactivate(batch, item.msisdn, item.ask, number)
        case CodeAsk(code):
            return send_code(batch, item.msisdn, code)
        case EraseAsk(by):
            return erase(batch, item.msisdn, number, by=by)
        case ReviewAsk():
            return review(batch, item.ask)
        case RefusalAsk():
            return Reply(Reason.NO_RULE)
        case _:
            assert_never(item.ask)


def decide(
    batch: Batch, msisdn: Msisdn, event: Invite | Stop | BlockChange | Imported | Reviewed
) -> Decision:
    """The engine's word, carried out."""
    decision = batch.decide(msisdn, event)
    carry(batch, msisdn, decision)
    return decision


def take_in(batch: Batch, msisdn: Msisdn, ask: ImportAsk, number: int) -> Reply:
    """A consent given elsewhere, when its row proves one; the detail of a refusal names field, rule and mend."""
    if (fault := fault_of(batch.line.table, ask, batch.now)) is not None:
        return Reply(Reason.EVIDENCE_MISSING, detail=str(fault))
    fresh = batch.ids.next()
    event = Imported(number, ask.campaign, ask.at, fresh, ask.seen, ask.answered, ask.evidence)
    decision = decide(batch, msisdn, event)
    if (why := REFUSED.get(decision.because)) is not None:
        return Reply(decision.because, id=number, detail=str(Fault(*why)))
    return said(number, decision)


def said(number: int, decision: Decision) -> Reply:
    """The reply that a decision is."""
    return Reply(decision.because, id=number, detail=decision.rule)


def invite(batch: Batch, msisdn: Msisdn, ask: InviteAsk, number: int) -> Reply:
    """S4: the invitation, or the one already open, or why not."""
    campaign = batch.line.table.campaigns.get(ask.campaign)
    if campaign is None:
        return Reply(Reason.NO_RULE)
    carrier = supported(batch, msisdn, ask.campaign, network=ask.network)
    event = Invite(number, ask.merchant, ask.campaign, carrier=carrier or "", network=ask.network)
    decision = decide(batch, msisdn, event)
    batch.count(f"invitation_{decision.because.value}")
    subscription = batch.standing(msisdn).subscriptions.get(ask.campaign)
    if decision.because not in (Reason.DONE, Reason.LIMITED) or subscription is None:
        return Reply(decision.because, detail=decision.rule)
    if subscription.opening_mo == number:
        row = InvitationRow(
            id=number,
            merchant=ask.merchant,
            campaign=ask.campaign,
            msisdn=msisdn,
            state=State.PENDING.value,
            at=batch.now,
            callback=ask.callback,
            confirm=ask.confirm,
        )
        batch.invitations[number] = row
    return Reply(Reason.DONE, id=subscription.opening_mo, state=subscription.state.value)


def supported(batch: Batch, msisdn: Msisdn, campaign: str, *, network: str) -> str | None:
    """The carrier by which a campaign reaches the number (MT8); None: unsupported network."""
    found = batch.line.table.campaigns[campaign]
    carrier = find_carrier(
        batch.line.carriers,
        code_carriers=batch.line.carriers_of(found.short_code),
        network=network,
        last_carrier=batch.standing(msisdn).last_carrier,
        msisdn=msisdn,
    )
    return carrier if carrier is not None and batch.line.supports(found, carrier) else None


def opt_out(batch: Batch, msisdn: Msisdn, ask: StopAsk, number: int) -> Reply:
    """OO7: the same effect as a STOP by SMS, one campaign at a time so that each leaves from its own code."""
    standing = batch.standing(msisdn)
    ended = 0
    for name, subscription in sorted(standing.subscriptions.items()):
        campaign = batch.line.table.campaigns.get(name)
        merchant = campaign.merchant if campaign is not None else ""
        wanted = not ask.campaigns or name in ask.campaigns
        if subscription.state not in (State.PENDING, State.ACTIVE) or not wanted:
            continue
        if ask.merchant and merchant != ask.merchant:
            continue
        code = campaign.short_code if campaign is not None else ShortCode(name.partition("/")[0])
        stop = number if not ended else batch.ids.next()
        event = Stop(stop, code, ask.text, batch.now, campaigns=(name,), channel=ask.channel)
        ended += decide(batch, msisdn, event).because is Reason.DONE
    batch.count(f"opt_out_{ask.channel}")
    return Reply(Reason.DONE if ended else Reason.NO_REGISTRATION, id=number, detail=str(ended))


def deactivate(batch: Batch, msisdn: Msisdn, ask: DeactivateAsk, number: int) -> Reply:
    """OO7: everything ends silently and keeps its evidence; who opts in next is a new person."""
    standing = batch.standing(msisdn)
    known = bool(standing.subscriptions)
    if ask.carrier and standing.last_carrier not in ("", ask.carrier):
        return Reply(Reason.NO_REGISTRATION, detail="the number has moved to another carrier")
    event = Stop(number, ShortCode(""), ask.file, batch.now, everything=True, channel="deactivation")
    decide(batch, msisdn, event)
    if known:
        ended = batch.standing(msisdn)
        batch.retire(ended, Standing(msisdn, generation=ended.generation + 1, blocks=ended.blocks))
    batch.count("deactivated")
    return Reply(Reason.DONE if known else Reason.NO_REGISTRATION, id=number)


def send_code(batch: Batch, msisdn: Msisdn, code: str) -> Reply:
    """SP1: one a minute, a few a day, from a code that reaches the number."""
    standing = batch.standing(msisdn)
    minute = allowed(standing, "otp_minute", batch.now, window_s=60, at_most=CODES_A_MINUTE)
    day = allowed(standing, "otp_day", batch.now, window_s=86_400, at_most=CODES_A_DAY)
    if minute is None or day is None:
        return Reply(Reason.LIMITED)
    order = code_order(batch, standing, code)
    if order is None:
        return Reply(Reason.UNSUPPORTED_NETWORK)
    batch.put(replace(standing, counts={**standing.counts, "otp_minute": minute, "otp_day": day}))
    send(batch, msisdn, order)
    batch.writes.codes.append(CodeRow(msisdn, code, batch.now + timedelta(seconds=CODE_S)))
    batch.count("portal_code")
    return Reply(Reason.DONE)


def code_order(batch: Batch, standing: Standing, code: str) -> Send | None:
    """The MT with a one-time code, from the code the number knows best: its own subscriptions', else any."""
    own = [name.partition("/")[0] for name in standing.subscriptions]
    others = [n for n, c in batch.line.table.codes.items() if c.role != "marketing"]
    for number in dict.fromkeys([*own, *others]):
        found = batch.line.table.codes.get(number)
        if found is None:
            continue
        carrier = find_carrier(
            batch.line.carriers,
            code_carriers=found.carriers,
            network="",
            last_carrier=standing.last_carrier,
            msisdn=standing.msisdn,
        )
        if carrier is not None:
            profile = batch.line.book.newest("invitation")
            portal = found.portal or "the portal"
            text = render_code(profile, "otp", "".join(found.languages[:1]), code=code, portal=portal)
            return Send(Kind.OTP, ShortCode(number), text, carrier=carrier, validity_s=int(CODE_S))
    return None


def erase(batch: Batch, msisdn: Msisdn, number: int, *, by: str) -> Reply:
    """D6: the texts go, the chain and the blocks stay as digests."""
    try:
        events = batch.tx.erase(msisdn, batch.now, event=number, by=by)
    except StillSubscribed as error:
        return Reply(Reason.STILL_ACTIVE, detail=str(error))
    except StillOnTheWay as error:
        return Reply(Reason.STILL_ACTIVE, state="on_the_way", detail=str(error))
    batch.forget(msisdn)
    forget(batch, msisdn)
    return Reply(Reason.DONE, id=number, detail=str(events))


def review(batch: Batch, ask: ReviewAsk) -> Reply:
    """RT5b: what a person (or a classifier) decided about a text that may be a STOP."""
    row = batch.tx.review(ask.mo)
    if row is None:
        return Reply(Reason.NO_RULE, detail="no such text is under review")
    if row.state != "open":
        return Reply(Reason.REPEATED, id=row.mo, state=row.state, detail=row.decided_by)
    state = "stopped" if ask.stop else "dismissed"
    batch.writes.reviews.append(replace(row, state=state, decided_by=ask.by, decided_at=batch.now))
    decided = Reviewed(row.mo, row.short_code, ask.stop, batch.now, text=row.text)
    decide(batch, row.msisdn, decided)
    return Reply(Reason.DONE, id=row.mo, state=state)
