"""Stores' calls (S1): a carrier for the number, the guard against the same text twice, the engine's word."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from smsc.carrier import find_carrier
from smsc.messages import Kind, MtState
from smsc.optin.decision import Reason
from smsc.optin.events import Event, Stop, StoreOptIn, StoreSend
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import DUPLICATE, NETWORK_UNKNOWN, Answer, StoreAction, StoreCall
from smsc.pipeline.effects import carry

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
    guarded = campaign.extra.get("duplicate_guard", True) is not False
    sends = call.action is StoreAction.SEND and decision.because is Reason.DONE
    if sends and guarded and _sent_before(batch, call):
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


def _sent_before(batch: Batch, call: StoreCall) -> bool:
    """Whether the store has sent this text to the number within the guard's time; a text that never went is none."""
    since = batch.now - GUARD
    born = [row for row in batch.born.values() if row.mt.msisdn == call.msisdn]
    rows = [*batch.tx.same_text(call.msisdn, campaign=call.campaign, text=call.text, since=since), *born]
    return any(
        row.mt.campaign == call.campaign
        and row.mt.text == call.text
        and row.mt.kind is Kind.CONTENT
        and batch.rows.get(row.mt.id, row).state not in NEVER_WENT
        for row in rows
    )
