"""What a merchant may send in a registration, and the reason when not (the gateway table of S2)."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from smsc.messages import Campaign, State
from smsc.optin.book import Book
from smsc.optin.decision import Reason
from smsc.optin.events import Command, MerchantSend, WebRequest
from smsc.optin.merchant_steps import billed_now
from smsc.optin.profile import Profile
from smsc.optin.spending import over_cap
from smsc.optin.standing import Registration, Standing


def own_registration(standing: Standing, event: MerchantSend) -> Registration | None:
    """The registration the call names, if it is this number's and of one of the merchant's own campaigns."""
    if event.registration is None:
        return None
    found = standing.registrations.get(event.registration)
    return found if found is not None and found.merchant == event.merchant else None


def refusal(
    book: Book, standing: Standing, event: MerchantSend, registration: Registration, now: datetime
) -> Reason | None:
    """Why the call is refused; None when it may go."""
    if event.octets is not None and event.command is not Command.CONTENT:
        return Reason.BINARY_CONTROL
    match event.command:
        case Command.WELCOME:
            return _welcome(standing, event, registration)
        case Command.CONTENT:
            return _content(book, standing, event, registration, now)
        case Command.GOODBYE:
            return _goodbye(event, registration, now)
        case _:
            assert_never(event.command)


def _over(standing: Standing, registration: Registration) -> Reason | None:
    if registration.ended_at is not None:
        return Reason.OPTED_OUT
    subscription = standing.subscriptions.get(registration.campaign)
    current = (
        subscription is not None
        and subscription.state is State.ACTIVE
        and subscription.registration == registration.id
    )
    return None if current else Reason.NO_REGISTRATION


def _welcome(standing: Standing, event: MerchantSend, registration: Registration) -> Reason | None:
    if (over := _over(standing, registration)) is not None:
        return over
    if registration.welcomed_at is not None:
        return Reason.ALREADY_DONE
    return Reason.BILLED_CONTROL if event.value.minor else None


def _content(
    book: Book, standing: Standing, event: MerchantSend, registration: Registration, now: datetime
) -> Reason | None:
    if (over := _over(standing, registration)) is not None:
        return over
    if registration.renew_by is not None:
        return Reason.NOT_RENEWED
    value, agreed = event.value, registration.price
    if value.minor == 0:
        return None
    if registration.welcomed_at is None:
        return Reason.NOT_WELCOMED
    within = agreed is not None and value.currency == agreed.currency and 0 < value.minor <= agreed.minor
    if not within or not event.tariff_known:
        return Reason.PRICE_NOT_AGREED
    profile = _profile(book, standing, registration)
    most = min(
        (n for n in (registration.count_max, profile.billed_per_period) if n is not None), default=None
    )
    if most is not None and billed_now(registration, now) >= most:
        return Reason.COUNT_REACHED
    return Reason.CAP_REACHED if over_cap(standing, registration, profile, value, now) else None


def _profile(book: Book, standing: Standing, registration: Registration) -> Profile:
    return book.profile_of(standing.subscriptions[registration.campaign])


def web_refusal(book: Book, standing: Standing, event: WebRequest, campaign: Campaign) -> Reason | None:
    """Why a web opt-in is refused; None when it may be asked about (S3, block table)."""
    profile = book.newest(campaign.profile)
    if campaign.merchant != event.merchant or profile.flow.rule(profile.flow.start, "web") is None:
        return Reason.NO_RULE
    if event.value.minor:
        return Reason.BILLED_CONTROL
    if any(not event.evidence.get(name) for name in profile.evidence):
        return Reason.EVIDENCE_MISSING
    code = str(campaign.short_code)
    if any((block.scope, block.key) == ("code", code) for block in standing.blocks):
        return Reason.OPTED_OUT
    known = standing.subscriptions.get(campaign.id)
    return Reason.ALREADY_DONE if known is not None and known.state is State.ACTIVE else None


def _goodbye(event: MerchantSend, registration: Registration, now: datetime) -> Reason | None:
    if registration.ended_at is None:
        return Reason.STILL_ACTIVE
    late = registration.goodbye_by is None or now > registration.goodbye_by
    if late or registration.goodbye_at is not None:
        return Reason.ALREADY_DONE
    return Reason.BILLED_CONTROL if event.value.minor else None
