"""On what grounds a merchant's call was refused: the rule, the reason in words, and the record that decided it.

Read at the decision, because later the record may say something else. Nothing of another merchant's is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smsc.charging.money import format_money
from smsc.messages import Money, State
from smsc.optin.decision import Reason
from smsc.optin.events import Command
from smsc.optin.merchant_steps import billed_now
from smsc.optin.standing import Block, Registration, Subscription
from smsc.pipeline.batch import Batch
from smsc.pipeline.calls import (
    DUPLICATE,
    NETWORK_UNKNOWN,
    OTHER_BODY,
    SEVERAL,
    TOO_LONG,
    UNKNOWN_SERVICE,
    Answer,
    MerchantCall,
)
from smsc.pipeline.sends import campaign_of, find_registration, key_of
from smsc.pipeline.store_calls import GUARD, NEVER_WENT
from smsc.sms.numbers import Msisdn

RULES: Mapping[Reason, str] = {
    Reason.OPTED_OUT: "OO3",
    Reason.NOT_WELCOMED: "OI4",
    Reason.PRICE_NOT_AGREED: "MT4",
    Reason.COUNT_REACHED: "MT4",
    Reason.CAP_REACHED: "MT4",
    Reason.NOT_RENEWED: "MT4",
    Reason.ALREADY_DONE: "OI4",
    Reason.STILL_ACTIVE: "OO4",
    Reason.EVIDENCE_MISSING: "S3",
    Reason.BILLED_CONTROL: "MT1",
    Reason.LIMITED: "OI2",
    Reason.REPEATED: "D2",
    Reason.POOL_EMPTY: "S1",
    Reason.UNPUBLISHED: "S4",
    Reason.UNSUPPORTED_NETWORK: "MT8",
    Reason.BLOCKED: "OI5",
}
"""The rule behind a reason; for all others MT2: what may not be sent is refused with the reason."""

NAMED_MAX = 5
"""Opt-ins that one record names."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why. `record` names its kind under "record"; empty where the call itself is at fault."""

    rule: str
    words: str
    record: Mapping[str, str] = field(default_factory=dict)
    campaign: str = ""
    registration: int | None = None


def of_call(batch: Batch, call: MerchantCall, answer: Answer) -> Ground:
    """Of a call to send."""
    earlier = batch.calls.get(key_of(call)) if call.guarded else None
    if earlier is not None and answer.reason is Reason.ALREADY_DONE:
        what = "came with this id and another body" if answer.detail == OTHER_BODY else "was the one answer"
        record = told(record="call", id=str(earlier.call), at=when(earlier.at), mt=str(earlier.mt or ""))
        return Ground("D2", f"call {earlier.call} {what}; it made MT {earlier.mt}", record)
    if call.web is not None:
        return _of_web(batch, call, call.web, answer)
    found = registration_of(batch, call)
    if answer.detail == NETWORK_UNKNOWN and found is not None:
        return network(batch, found.short_code, call.network, campaign=found.campaign, registration=found.id)
    if answer.detail == DUPLICATE:
        campaign = found.campaign if found is not None else ""
        return same_text(batch, call.msisdn, campaign=campaign, text=call.text)
    if answer.detail == TOO_LONG:
        return _of_registration("MT5", "a billed message is one short message, this one takes more", found)
    if answer.detail.startswith(SEVERAL):
        words = "the number is active in several campaigns of the sender; the call does not say in which"
        return Ground("MT2", words, opt_ins(batch, call.msisdn, call.merchant))
    if found is None or answer.reason in (Reason.NO_REGISTRATION, Reason.NOT_OPTED_IN):
        return _stranger(batch, call, answer.reason)
    words = in_words(batch, call, found, answer.reason)
    return _of_registration(_rule(call, found, answer.reason), words, found)


def registration_of(batch: Batch, call: MerchantCall) -> Registration | None:
    """The merchant's own registration that the call means."""
    number = find_registration(batch, call)
    if not isinstance(number, int):
        return None
    found = batch.standing(call.msisdn).registrations.get(number)
    return found if found is not None and found.merchant == call.merchant else None


def _rule(call: MerchantCall, found: Registration, reason: Reason) -> str:
    if reason is Reason.ALREADY_DONE and call.command is Command.GOODBYE:
        return "OO4"
    if reason is Reason.PRICE_NOT_AGREED and agreed(found.price, call.value):
        return "CH1"
    return RULES.get(reason, "MT2")


def agreed(price: Money | None, value: Money) -> bool:
    """Whether the subscriber agreed to that much."""
    return price is not None and price.currency == value.currency and value.minor <= price.minor


def in_words(batch: Batch, call: MerchantCall, found: Registration, reason: Reason) -> str:
    """What of the registration forbids the call."""
    name = f"registration {found.id}"
    match reason:
        case Reason.OPTED_OUT:
            by = "for want of a renewal" if found.stop == found.id else f"by STOP {found.stop}"
            return f"{name} ended at {when(found.ended_at)} {by}: after it only the goodbye goes"
        case Reason.NOT_WELCOMED:
            return f"{name} has had no welcome (command=W) yet, and content is billed after it only"
        case Reason.PRICE_NOT_AGREED if agreed(found.price, call.value):
            return f"no tariff of the number's carrier stands for {money(call.value)}"
        case Reason.PRICE_NOT_AGREED:
            return f"in {name} the subscriber agreed to {money(found.price)}, the call asks for {money(call.value)}"
        case Reason.COUNT_REACHED:
            per = found.per.value if found.per is not None else "registration"
            return f"{name} has {billed_now(found, batch.now)} billed messages ordered in this {per} already"
        case Reason.CAP_REACHED:
            return f"{money(call.value)} more in {name} would pass a spending cap of its profile"
        case Reason.NOT_RENEWED:
            return f"the subscriber is asked whether {name} goes on and has until {when(found.renew_by)} to say so"
        case Reason.ALREADY_DONE if call.command is Command.GOODBYE and found.goodbye_at is not None:
            return f"the goodbye of {name} was made at {when(found.goodbye_at)}"
        case Reason.ALREADY_DONE if call.command is Command.GOODBYE:
            return f"the goodbye of {name} was due by {when(found.goodbye_by)}"
        case Reason.ALREADY_DONE:
            return f"the welcome of {name} was sent at {when(found.welcomed_at)}"
        case Reason.STILL_ACTIVE:
            return f"{name} is active: its goodbye follows the STOP"
        case Reason.BILLED_CONTROL:
            return "welcome and goodbye are free"
        case _:
            return reason.value.replace("_", " ")


def _of_registration(rule: str, words: str, found: Registration | None) -> Ground:
    if found is None:
        return Ground(rule, words)
    return Ground(rule, words, registration_record(found), campaign=found.campaign, registration=found.id)


def registration_record(found: Registration) -> dict[str, str]:
    """A registration as it stood."""
    return told(
        record="registration",
        id=str(found.id),
        campaign=found.campaign,
        opened_at=when(found.opened_at),
        price=money(found.price),
        count_max=str(found.count_max or ""),
        welcomed_at=when(found.welcomed_at),
        billed_in_period=str(found.billed_in_period),
        renew_by=when(found.renew_by),
        ended_at=when(found.ended_at),
        stop=str(found.stop or ""),
        goodbye_by=when(found.goodbye_by),
        goodbye_at=when(found.goodbye_at),
    )


def _stranger(batch: Batch, call: MerchantCall, reason: Reason) -> Ground:
    """No registration of the number has the id: it is asked and has not answered, or there is none."""
    own = _own(batch, call.msisdn, call.merchant)
    named = campaign_of(batch, call.merchant, call.name or call.sender or "")
    head = call.registration
    for one in own:
        meant = head is not None and head in (one.opening_mo, one.registration)
        if meant or (named is not None and one.campaign == named.id):
            return of_subscription(one, RULES.get(reason, "MT2"))
    what = f"registration {head} of yours" if head is not None else "registration with you under this name"
    words = f"the number has no {what}"
    return Ground(
        RULES.get(reason, "MT2"), words, opt_ins(batch, call.msisdn, call.merchant), registration=head
    )


def of_subscription(one: Subscription, rule: str) -> Ground:
    """A subscription in a state that forbids the call."""
    said = {
        State.PENDING: "was asked and has not answered yet",
        State.OPTED_OUT: "has said STOP",
        State.DECLINED: "has declined",
        State.EXPIRED: "was asked and did not answer in time",
        State.ACTIVE: "is opted in",
        State.NONE: "never opted in",
    }[one.state]
    record = told(
        record="subscription",
        campaign=one.campaign,
        state=one.state.value,
        since=when(one.since),
        opened_by=str(one.opening_mo or ""),
        registration=str(one.registration or ""),
    )
    words = f"in {one.campaign} the number {said}, since {when(one.since)}"
    return Ground(rule, words, record, campaign=one.campaign, registration=one.registration)


def opt_ins(batch: Batch, msisdn: Msisdn, merchant: str) -> dict[str, str]:
    """The number's opt-ins at the merchant, as the record that something is not among them."""
    own = _own(batch, msisdn, merchant)
    shown = [f"{s.campaign} {s.state.value} {s.registration or s.opening_mo or ''}".strip() for s in own]
    return {"record": "subscriptions", "found": ", ".join(shown[:NAMED_MAX]) or "none"}


def _own(batch: Batch, msisdn: Msisdn, merchant: str) -> Collection[Subscription]:
    campaigns = batch.line.table.campaigns
    known = batch.standing(msisdn).subscriptions.values()
    return [s for s in known if (c := campaigns.get(s.campaign)) is not None and c.merchant == merchant]


def _of_web(batch: Batch, call: MerchantCall, evidence: Mapping[str, str], answer: Answer) -> Ground:
    campaign = campaign_of(batch, call.merchant, evidence.get("sub_key", ""))
    if campaign is None or answer.detail == UNKNOWN_SERVICE:
        return Ground("S3", "sub_key names no campaign of the account")
    if answer.detail == NETWORK_UNKNOWN:
        return network(batch, campaign.short_code, call.network, campaign=campaign.id)
    known = batch.standing(call.msisdn).subscriptions.get(campaign.id)
    match answer.reason:
        case Reason.OPTED_OUT:
            return blocked(batch, call.msisdn, "code", str(campaign.short_code), campaign=campaign.id)
        case Reason.ALREADY_DONE if known is not None:
            return of_subscription(known, "OI2")
        case Reason.LIMITED if known is not None:
            words = "the number was asked as often as a merchant's calls may have it asked"
            return Ground("OI2", words, of_subscription(known, "OI2").record, campaign=campaign.id)
        case Reason.EVIDENCE_MISSING:
            lacks = [
                name for name in batch.line.book.newest(campaign.profile).evidence if not evidence.get(name)
            ]
            return Ground("S3", f"the call lacks {', '.join(lacks)}", campaign=campaign.id)
        case Reason.BILLED_CONTROL:
            return Ground("MT1", "welcome and goodbye are free", campaign=campaign.id)
        case _:
            words = "the campaign's profile does not begin on a web page"
            record = {"record": "configuration", "campaign": campaign.id, "profile": campaign.profile}
            return Ground(RULES.get(answer.reason, "MT2"), words, record, campaign=campaign.id)


def blocked(batch: Batch, msisdn: Msisdn, scope: str, key: str, *, campaign: str) -> Ground:
    """A block of the number forbids it (block table)."""
    found = next(
        (b for b in batch.standing(msisdn).blocks if (b.scope, b.key) == (scope, key)),
        Block(scope, key, batch.now),
    )
    record = told(
        record="block",
        scope=scope,
        key=key,
        since=when(found.since),
        by="" if found.by is None else str(found.by),
    )
    words = f"the number has a block of kind {scope}{f' for {key}' if key else ''} since {when(found.since)}"
    return Ground("OI5", words, record, campaign=campaign)


def network(
    batch: Batch, short_code: str, given: str, *, campaign: str, registration: int | None = None
) -> Ground:
    """No carrier of the code serves the network or the number (MT8)."""
    carriers = ", ".join(batch.line.carriers_of(short_code))
    record = told(record="configuration", short_code=str(short_code), carriers=carriers, network=given)
    words = f"no carrier of {short_code} ({carriers}) serves {'network ' + given if given else 'the number'}"
    return Ground("MT8", words, record, campaign=campaign, registration=registration)


def same_text(batch: Batch, msisdn: Msisdn, *, campaign: str, text: str) -> Ground:
    """The store's own text is on its way to the number, or was within the guard's time (S1)."""
    stored = batch.tx.same_text(msisdn, campaign=campaign, text=text, since=batch.now - GUARD)
    born = [
        r for r in batch.born.values() if (r.mt.msisdn, r.mt.campaign, r.mt.text) == (msisdn, campaign, text)
    ]
    for row in [*stored, *born]:
        if batch.rows.get(row.mt.id, row).state not in NEVER_WENT:
            record = told(record="mt", id=str(row.mt.id), at=when(row.created_at))
            words = (
                f"MT {row.mt.id} took the same text to the number within {GUARD // timedelta(hours=1)} hours"
            )
            return Ground("S1", words, record, campaign=campaign)
    return Ground("S1", "the same text went to the number before", campaign=campaign)


def told(**said: str) -> dict[str, str]:
    """A record without what it does not say."""
    return {name: value for name, value in said.items() if value}


def when(at: datetime | None) -> str:
    """A moment, in UTC; "" for none."""
    return "" if at is None else at.isoformat(timespec="seconds")


def money(value: Money | None) -> str:
    """An amount with its currency; "nothing" for none."""
    return "nothing" if value is None else f"{value.currency} {format_money(value)}"
