"""Stores' calls (S1): a carrier for the number, the guard against the same text twice, the engine's word."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from smsc.carrier import find_carrier
from smsc.messages import Campaign, Kind, MtState, State
from smsc.optin.decision import Reason
from smsc.optin.events import Command, Event, Stop, StoreOptIn, StoreSend
from smsc.optin.stores import pool_of
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import DUPLICATE, NETWORK_UNKNOWN, Answer, MerchantCall, StoreAction, StoreCall
from smsc.pipeline.effects import carry
from smsc.sms.numbers import Msisdn

GUARD = timedelta(hours=12)
"""In it the same text is not sent to the same number twice by one store."""

NEVER_WENT = frozenset({MtState.CANCELLED, MtState.FAILED, MtState.EXPIRED})


def answer_store(batch: Batch, call: StoreCall) -> Answer:
    """Decide one call of a store; the answer leaves after the commit (D2)."""
    decided = _decide(batch, call)
    batch.count(f"store_{call.action.value}_{decided.detail or decided.reason.value}")
    return decided


def _decide(batch: Batch, call: StoreCall) -> Answer:
    campaign = batch.line.table.campaigns.get(call.campaign)
    if campaign is None:
        return Answer(Reason.NO_RULE)
    standing = batch.standing(call.msisdn)
    carrier = find_carrier(
        batch.line.carriers,
        code_carriers=batch.line.carriers_of(campaign.short_code),
        network="",
        last_carrier=standing.last_carrier,
        msisdn=call.msisdn,
    )
    if carrier is None and call.action is not StoreAction.OPT_OUT:
        return Answer(Reason.NO_RULE, detail=NETWORK_UNKNOWN)
    decision = batch.decide(call.msisdn, _event(batch, call, campaign.short_code, carrier or ""))
    sends = call.action is StoreAction.SEND and decision.because is Reason.DONE
    if sends and _sent_before(batch, campaign, call.msisdn, call.text):
        return Answer(Reason.ALREADY_DONE, detail=DUPLICATE)
    made = carry(batch, call.msisdn, decision)
    return Answer(decision.because, mt=made[0] if made else None, detail="")


def _event(batch: Batch, call: StoreCall, short_code: str, carrier: str) -> Event:
    number = batch.ids.next()
    match call.action:
        case StoreAction.OPT_IN:
            return StoreOptIn(number, call.campaign, carrier=carrier, name=call.name)
        case StoreAction.SEND:
            return StoreSend(number, call.campaign, call.text, carrier=carrier, after_s=call.after_s)
        case StoreAction.OPT_OUT:
            return Stop(
                stop=number,
                short_code=batch.line.table.codes[short_code].number,
                text="",
                at=batch.now,
                campaigns=(call.campaign,),
                channel="api",
                carrier=carrier,
            )
        case _:
            assert_never(call.action)


def of_store(batch: Batch, call: MerchantCall, reason: Reason) -> Answer | None:
    """What stores' rules add to the engine's `reason`, whatever the door: the guard, and where the number stands.

    None: nothing, or the call is in no store's opt-in (S1).
    """
    standing = batch.standing(call.msisdn)
    within = standing.registrations.get(call.registration) if call.registration is not None else None
    campaign = batch.line.table.campaigns.get(within.campaign if within is not None else call.name)
    if campaign is None or campaign.merchant != call.merchant or not pool_of(campaign):
        return None
    if reason is Reason.DONE and call.command is Command.CONTENT:
        known = _sent_before(batch, campaign, call.msisdn, call.text)
        return Answer(Reason.ALREADY_DONE, detail=DUPLICATE) if known else None
    if reason is Reason.NO_REGISTRATION and within is None:
        last = standing.subscriptions.get(campaign.id)
        ended = last is not None and last.state is State.OPTED_OUT
        return Answer(Reason.OPTED_OUT if ended else Reason.NOT_OPTED_IN)
    return None


def _sent_before(batch: Batch, campaign: Campaign, msisdn: Msisdn, text: str) -> bool:
    """Whether the store has sent this text to the number within the guard's time; a text that never went is none."""
    if campaign.extra.get("duplicate_guard", True) is False:
        return False
    since = batch.now - GUARD
    born = [row for row in batch.born.values() if row.mt.msisdn == msisdn]
    rows = [*batch.tx.same_text(msisdn, campaign=campaign.id, text=text, since=since), *born]
    return any(
        row.mt.campaign == campaign.id
        and row.mt.text == text
        and row.mt.kind is Kind.CONTENT
        and batch.rows.get(row.mt.id, row).state not in NEVER_WENT
        for row in rows
    )
