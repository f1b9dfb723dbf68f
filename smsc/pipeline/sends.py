"""Merchants' calls: the same call again, carrier and tariff, the engine's word (S2, MT8, D2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smsc.carrier import CarrierProfile, find_carrier, has_tariff, may_bill
from smsc.messages import Campaign, State
from smsc.optin.decision import Reason
from smsc.optin.events import Command, MerchantSend, WebRequest
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import (
    ANSWERED,
    NETWORK_UNKNOWN,
    OTHER_BODY,
    OTHER_NETWORK,
    SEVERAL,
    TOO_LONG,
    UNKNOWN_SERVICE,
    Answer,
    MerchantCall,
    StoreCall,
)
from smsc.pipeline.effects import as_sent, carry
from smsc.pipeline.items import CallItem
from smsc.pipeline.store_calls import answer_store, of_store
from smsc.sms.numbers import Msisdn
from smsc.store import CallKey, CallRow, DlrRow


def take_calls(batch: Batch, items: list[CallItem]) -> None:
    """Load earlier answers and the standings of the numbers called for."""
    calls = [item.call for item in items if isinstance(item.call, MerchantCall)]
    batch.load(
        {item.call.msisdn for item in items},
        registrations={r for call in calls if (r := call.registration) is not None},
    )  # takes the numbers' rows: another node that answered the same call has committed before we look
    batch.calls = dict(batch.tx.calls({key_of(call) for call in calls if call.guarded}))


def key_of(call: MerchantCall) -> CallKey:
    """What makes two calls one (S2): the full id and the number, or the idempotency key alone."""
    if call.key:
        return CallKey(merchant=call.merchant, full_id=f"key {call.key}", msisdn=Msisdn(""))
    if call.answers_once:
        answered = f"reply {call.command.value}|{call.answers}"
        return CallKey(merchant=call.merchant, full_id=answered, msisdn=call.msisdn)
    return CallKey(merchant=call.merchant, full_id=call.full_id, msisdn=call.msisdn)


def take_call(batch: Batch, item: CallItem) -> None:
    """Answer one call; the answer leaves after the commit (D2)."""
    call = item.call
    if isinstance(call, StoreCall):
        batch.out.answers.append((item, answer_store(batch, call)))
    else:
        batch.out.answers.append((item, answer(batch, call)))


def answer(batch: Batch, call: MerchantCall) -> Answer:
    """Decide a call, or repeat what the same call was answered before."""
    if call.guarded and (earlier := batch.calls.get(key_of(call))) is not None:
        if call.answers_once:
            return Answer(Reason.ALREADY_DONE, detail=ANSWERED)
        if earlier.digest == call.digest:
            return Answer(Reason(earlier.answer), mt=earlier.mt, replayed=True)
        return Answer(Reason.ALREADY_DONE, detail=OTHER_BODY)
    number = batch.ids.next()
    decided = decide_call(batch, call, number)
    if call.dlr is not None and decided.mt is not None and decided.reason is Reason.DONE:
        ask = call.dlr
        batch.writes.dlrs.append(DlrRow(decided.mt, ask.style, ask.url, ask.method, ask.mask, ask.level))
    if call.guarded and decided.reason is Reason.DONE:
        row = CallRow(
            key=key_of(call),
            call=number,
            digest=call.digest,
            answer=decided.reason.value,
            mt=decided.mt,
            at=batch.now,
        )
        batch.calls[row.key] = row
        batch.writes.calls.append(row)
    batch.count(f"call_{decided.reason.value}")
    return decided


def decide_call(batch: Batch, call: MerchantCall, number: int) -> Answer:
    """Find carrier and tariff (MT8, CH1), then ask the engine."""
    if call.web is not None:
        return open_web(batch, call, call.web, number)
    found = find_registration(batch, call)
    if isinstance(found, Answer):
        return found
    call = as_goodbye(batch, replace(call, registration=found))
    carrier, known = place(batch, call)
    if not known:
        return Answer(Reason.NO_RULE, detail=NETWORK_UNKNOWN)
    profile = batch.line.carriers[carrier] if carrier is not None else None
    if call.value.minor > 0 and profile is not None and not is_whole(batch, call, profile):
        return Answer(Reason.NO_RULE, detail=TOO_LONG)
    event = MerchantSend(
        call=number,
        merchant=call.merchant,
        registration=call.registration,
        command=call.command,
        text=call.text,
        value=call.value,
        full_id=call.full_id,
        carrier=carrier or "",
        network=call.network,
        tariff_known=profile is None or has_tariff(profile, call.value),
        octets=call.octets,
    )
    decision = batch.decide(call.msisdn, event)
    if (in_store := of_store(batch, call, decision.because)) is not None:
        return in_store
    made = carry(batch, call.msisdn, decision)
    return Answer(decision.because, mt=made[0] if made else None, detail=decision.rule)


def open_web(batch: Batch, call: MerchantCall, evidence: Mapping[str, str], number: int) -> Answer:
    """A number that asked on the merchant's web page is asked itself, the merchant's text kept until then (S3)."""
    if call.octets is not None:
        return Answer(Reason.BINARY_CONTROL)
    campaign = campaign_of(batch, call.merchant, evidence.get("sub_key", ""))
    if campaign is None:
        return Answer(Reason.NO_RULE, detail=UNKNOWN_SERVICE)
    carrier = carrier_for(batch, call, campaign.short_code)
    if carrier is None:
        return Answer(Reason.NO_RULE, detail=NETWORK_UNKNOWN)
    event = WebRequest(
        call=number,
        merchant=call.merchant,
        campaign=campaign.id,
        text=call.text,
        value=call.value,
        mt=batch.ids.next(),
        full_id=call.full_id,
        carrier=carrier,
        network=call.network,
        evidence=evidence,
    )
    decision = batch.decide(call.msisdn, event)
    made = carry(batch, call.msisdn, decision)
    return Answer(decision.because, mt=made[0] if made else None, detail=decision.rule)


def campaign_of(batch: Batch, merchant: str, key: str) -> Campaign | None:
    """The merchant's campaign that a sub_key or service name means: by its `sub_key`, its keyword, or its id."""
    named = batch.line.table.campaigns.get(key)
    if named is not None and named.merchant == merchant:
        return named
    own = [c for c in batch.line.table.campaigns.values() if c.merchant == merchant]
    wanted = key.strip().casefold()
    for campaign in own:
        if wanted and str(campaign.extra.get("sub_key", campaign.keyword)).casefold() == wanted:
            return campaign
    return None


def find_registration(batch: Batch, call: MerchantCall) -> int | Answer | None:
    """The registration that the call is in, by its id, service, sender or the MO it answers; or why there is none."""
    if call.answers is not None:
        return of_mo(batch, call, call.answers)
    if call.registration is None and call.name:
        call = replace(call, registration=of_service(batch, call))
    if call.registration is None and call.sender is not None:
        return of_sender(batch, call, call.sender)
    return call.registration


def of_mo(batch: Batch, call: MerchantCall, number: int) -> int | Answer:
    """The registration of the MO that is answered: named by it, ended by it (where that is confirmed), or current
    when the subscriber wrote it. The MO must have come from the network that the call names."""
    standing = batch.standing(call.msisdn)
    stored = batch.tx.mo(number)
    if stored is None or stored.mo.source != call.msisdn:
        return number
    if call.network and carrier_for(batch, call, stored.mo.short_code) not in (None, stored.mo.carrier):
        return Answer(Reason.NO_REGISTRATION, detail=OTHER_NETWORK)
    if number in standing.registrations:
        return number
    if call.confirms_stop:
        return next((r.id for r in standing.registrations.values() if r.stop == number), number)
    current = standing.subscriptions.get(stored.campaign) if stored.route == "freetext" else None
    if current is None or current.registration is None or call.command is not Command.CONTENT:
        return number
    opened = standing.registrations.get(current.registration)
    if current.state is State.ACTIVE:
        return number if opened is None or opened.opened_at > stored.mo.received_at else opened.id
    own = batch.line.table.campaigns.get(current.campaign)
    ended = current.state is State.OPTED_OUT and own is not None and own.merchant == call.merchant
    return Answer(Reason.OPTED_OUT) if ended else number


def as_goodbye(batch: Batch, call: MerchantCall) -> MerchantCall:
    """The call, as the registration's goodbye where it confirms the STOP that ended it."""
    registrations = batch.standing(call.msisdn).registrations
    found = registrations.get(call.registration) if call.registration is not None else None
    over = found is not None and found.ended_at is not None
    confirms = call.confirms_stop and call.command is Command.CONTENT and over
    return replace(call, command=Command.GOODBYE) if confirms else call


def of_service(batch: Batch, call: MerchantCall) -> int | None:
    """The number's opt-in in the service that the id begins with, current or last."""
    campaign = campaign_of(batch, call.merchant, call.name)
    known = batch.standing(call.msisdn).subscriptions.get(campaign.id) if campaign is not None else None
    return known.registration if known is not None else None


def of_sender(batch: Batch, call: MerchantCall, sender: str) -> int | Answer:
    """The number's only active opt-in at the merchant under this sender, or why there is none."""
    wanted, stopped = sender.casefold(), False
    active: list[tuple[str, int]] = []
    for subscription in batch.standing(call.msisdn).subscriptions.values():
        campaign = batch.line.table.campaigns.get(subscription.campaign)
        if campaign is None or campaign.merchant != call.merchant or subscription.registration is None:
            continue
        names = (campaign.short_code, campaign.keyword, campaign.id, *campaign.aliases)
        if wanted and wanted not in {str(name).casefold() for name in names}:
            continue
        if subscription.state is State.ACTIVE:
            active.append((campaign.keyword, subscription.registration))
        stopped |= subscription.state is State.OPTED_OUT
    if len(active) > 1:
        keywords = ",".join(sorted(keyword for keyword, _ in active))
        return Answer(Reason.NO_RULE, detail=f"{SEVERAL}:{keywords}")
    if active:
        return active[0][1]
    return Answer(Reason.OPTED_OUT if stopped else Reason.NOT_OPTED_IN)


def carrier_for(batch: Batch, call: MerchantCall, short_code: str) -> str | None:
    """The carrier of the code that serves the number (MT8)."""
    return find_carrier(
        batch.line.carriers,
        code_carriers=batch.line.carriers_of(short_code),
        network=call.network,
        last_carrier=batch.standing(call.msisdn).last_carrier,
        msisdn=call.msisdn,
    )


def is_whole(batch: Batch, call: MerchantCall, profile: CarrierProfile) -> bool:
    """Whether the carrier would bill what the call sends once (MT5)."""
    if call.octets is not None:
        return not call.octets.is_part
    return may_bill(profile, text_of(batch, call))


def text_of(batch: Batch, call: MerchantCall) -> str:
    """The call's text as it would be sent."""
    registrations = batch.standing(call.msisdn).registrations
    registration = registrations.get(call.registration) if call.registration is not None else None
    return call.text if registration is None else as_sent(batch, registration.campaign, call.text)


def place(batch: Batch, call: MerchantCall) -> tuple[str | None, bool]:
    """(carrier, whether the network is one of ours). A stranger's registration is left to the engine."""
    standing = batch.standing(call.msisdn)
    registration = standing.registrations.get(call.registration) if call.registration is not None else None
    if registration is None:
        return None, True
    carrier = carrier_for(batch, call, registration.short_code)
    return carrier, carrier is not None
