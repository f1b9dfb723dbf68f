"""Merchants' calls: the same call again, carrier and tariff, the engine's word (S2, MT8, D2)."""

from __future__ import annotations

from smsc.carrier import find_carrier, has_tariff, may_bill
from smsc.optin.decision import Reason
from smsc.optin.events import MerchantSend
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import NETWORK_UNKNOWN, OTHER_BODY, TOO_LONG, Answer, MerchantCall
from smsc.pipeline.effects import as_sent, carry
from smsc.pipeline.items import CallItem
from smsc.store import CallKey, CallRow


def take_calls(batch: Batch, items: list[CallItem]) -> None:
    """Load earlier answers and the standings of the numbers called for."""
    batch.calls = dict(batch.tx.calls({key_of(item.call) for item in items if item.call.guarded}))
    batch.load(
        {item.call.msisdn for item in items},
        registrations={r for item in items if (r := item.call.registration) is not None},
    )


def key_of(call: MerchantCall) -> CallKey:
    """What makes two calls one (S2)."""
    return CallKey(merchant=call.merchant, full_id=call.full_id, msisdn=call.msisdn)


def take_call(batch: Batch, item: CallItem) -> None:
    """Answer one call; the answer leaves after the commit (D2)."""
    batch.out.answers.append((item, answer(batch, item.call)))


def answer(batch: Batch, call: MerchantCall) -> Answer:
    """Decide a call, or repeat what the same call was answered before."""
    if call.guarded and (earlier := batch.calls.get(key_of(call))) is not None:
        if earlier.digest == call.digest:
            return Answer(Reason(earlier.answer), mt=earlier.mt, replayed=True)
        return Answer(Reason.ALREADY_DONE, detail=OTHER_BODY)
    number = batch.ids.next()
    decided = decide_call(batch, call, number)
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
    carrier, known = place(batch, call)
    if not known:
        return Answer(Reason.NO_RULE, detail=NETWORK_UNKNOWN)
    profile = batch.line.carriers[carrier] if carrier is not None else None
    if call.value.minor > 0 and profile is not None and not may_bill(profile, text_of(batch, call)):
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
    )
    decision = batch.decide(call.msisdn, event)
    made = carry(batch, call.msisdn, decision)
    return Answer(decision.because, mt=made[0] if made else None, detail=decision.rule)


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
    carrier = find_carrier(
        batch.line.carriers,
        code_carriers=batch.line.carriers_of(registration.short_code),
        network=call.network,
        last_carrier=standing.last_carrier,
        msisdn=call.msisdn,
    )
    return carrier, carrier is not None
