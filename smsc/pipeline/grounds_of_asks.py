"""On what grounds stores' calls, invitations and opt-outs were refused."""

from __future__ import annotations

from smsc.optin.decision import Reason
from smsc.optin.invitation import BLOCK
from smsc.optin.stores import pool_of
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import DUPLICATE, NETWORK_UNKNOWN, Answer, StoreAction, StoreCall
from smsc.pipeline.grounds import (
    RULES,
    Ground,
    blocked,
    network,
    of_subscription,
    opt_ins,
    same_text,
    told,
    when,
)
from smsc.pipeline.requests import InviteAsk, StopAsk
from smsc.sms.numbers import Msisdn


def of_store(batch: Batch, call: StoreCall, answer: Answer) -> Ground:
    """Of a store's call (S1)."""
    campaign = batch.line.table.campaigns.get(call.campaign)
    if campaign is None:
        return Ground("S1", "the store is not in keywords.yaml any more", campaign=call.campaign)
    if answer.detail == NETWORK_UNKNOWN:
        return network(batch, campaign.short_code, "", campaign=campaign.id)
    standing = batch.standing(call.msisdn)
    known = standing.subscriptions.get(call.campaign)
    if answer.detail == DUPLICATE:
        return same_text(batch, call.msisdn, campaign=campaign.id, text=call.text)
    match answer.reason:
        case Reason.LIMITED:
            asked = standing.counts.get(f"ask:{campaign.id}")
            since = when(asked.since) if asked is not None else ""
            record = told(record="limit", key=f"ask:{campaign.id}", since=since)
            return Ground(
                "OI2", "the store's request went to the number within a day", record, campaign=campaign.id
            )
        case Reason.POOL_EMPTY:
            record = told(record="configuration", pool=", ".join(pool_of(campaign)))
            words = "every communication code of the pool is taken or rests for this number"
            return Ground("S1", words, record, campaign=campaign.id)
        case _ if known is None:
            never = told(record="subscription", campaign=campaign.id, state="none")
            rule = RULES.get(answer.reason, "MT2")
            return Ground(rule, f"in {campaign.id} the number never opted in", never, campaign=campaign.id)
        case _:
            return of_subscription(known, RULES.get(answer.reason, "MT2"))


def of_invitation(batch: Batch, msisdn: Msisdn, ask: InviteAsk, reason: Reason) -> Ground:
    """Of an invitation (S4)."""
    campaign = batch.line.table.campaigns.get(ask.campaign)
    if campaign is None:
        return Ground("S4", "the campaign is not in keywords.yaml any more", campaign=ask.campaign)
    known = batch.standing(msisdn).subscriptions.get(ask.campaign)
    match reason:
        case Reason.BLOCKED:
            return blocked(batch, msisdn, *BLOCK, campaign=campaign.id)
        case Reason.UNSUPPORTED_NETWORK:
            return network(batch, campaign.short_code, ask.network, campaign=campaign.id)
        case Reason.UNPUBLISHED:
            record = {"record": "configuration", "campaign": campaign.id, "published": "false"}
            words = "the campaign is not published and the number is none of its test phones"
            return Ground("S4", words, record, campaign=campaign.id)
        case _ if known is not None:
            return of_subscription(known, RULES.get(reason, "S4"))
        case _:
            return Ground(RULES.get(reason, "S4"), reason.value.replace("_", " "), campaign=campaign.id)


def of_opt_out(batch: Batch, msisdn: Msisdn, ask: StopAsk) -> Ground:
    """Of an opt-out with nothing to end (OO7)."""
    named = ask.campaigns[0] if len(ask.campaigns) == 1 else ""
    known = batch.standing(msisdn).subscriptions.get(named)
    if known is not None:
        return of_subscription(known, "OO7")
    words = "the number has no opt-in at the merchant that could end"
    return Ground("OO7", words, opt_ins(batch, msisdn, ask.merchant), campaign=named)


def store_refused(call: StoreCall, answer: Answer) -> bool:
    """Whether a store was told no: an opt-out with nothing to end, and an opt-in that is there, are answered well."""
    fine = {
        StoreAction.OPT_IN: (Reason.DONE, Reason.ALREADY_DONE),
        StoreAction.SEND: (Reason.DONE,),
        StoreAction.OPT_OUT: tuple(Reason),
    }[call.action]
    return answer.reason not in fine
