"""What a charge comes to in an opt-in: a failed one frees its place (MT4), a taken one may have its receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import ChargeState, Money, State
from smsc.optin.advance import begin
from smsc.optin.book import Book
from smsc.optin.decision import Change, Decision, Reason, SetCount, SetRegistration
from smsc.optin.events import Charged
from smsc.optin.spending import day_key, month_key, month_start, unspend
from smsc.optin.standing import Registration, Standing
from smsc.optin.turn import Cause
from smsc.optin.wording import amount


def charged(book: Book, standing: Standing, event: Charged, now: datetime) -> Decision:
    """The end of one charge. One whose registration is over changes nothing: after STOP no receipt goes (OO3)."""
    registration = standing.registrations.get(event.registration)
    if registration is None:
        return Decision()
    match event.state:
        case ChargeState.FAILED:
            return _failed(standing, event, registration)
        case ChargeState.CHARGED if event.value is not None and registration.ended_at is None:
            return _taken(book, standing, event, registration, event.value, now)
        case _:
            return Decision()


def _taken(
    book: Book, standing: Standing, event: Charged, registration: Registration, value: Money, now: datetime
) -> Decision:
    """The money was taken: it is counted, and where the profile asks for it the subscriber is told, free of charge."""
    subscription = standing.subscriptions.get(registration.campaign)
    if subscription is None or subscription.state is not State.ACTIVE:
        return Decision()
    cause = Cause(by="charge", short_code=registration.short_code, ref=event.mt)
    turn = begin(book, standing, subscription, cause=cause, now=now)
    if turn.registration is None or turn.registration.id != registration.id:
        return Decision()
    if not turn.profile.receipt_after_charge:
        return Decision()
    turn.registration = replace(registration, charged=registration.charged + value.minor)
    total = Money(turn.registration.charged, value.currency)
    text = turn.text("receipt", price=amount(value), currency=value.currency, total=amount(total))
    turn.answer("receipt", text)
    return turn.decision("MT4")


def _failed(standing: Standing, event: Charged, registration: Registration) -> Decision:
    """A charge that failed frees its place in the current period's count, and is not spent."""
    freed, changes = registration, list[Change]()
    start = registration.period_start
    if registration.billed_in_period and (start is None or event.sent_at >= start):
        freed = replace(registration, billed_in_period=registration.billed_in_period - 1)
    if event.value is not None:
        freed = unspend(freed, event.value, event.sent_at)
        subscription = standing.subscriptions.get(registration.campaign)
        day = standing.counts.get(of_day := day_key(registration.campaign, event.sent_at))
        if day is not None and day.since.date() == event.sent_at.date():
            changes.append(SetCount(of_day, replace(day, n=max(0, day.n - event.value.minor))))
        key = month_key(subscription.profile if subscription else "")
        month = standing.counts.get(key)
        if month is not None and month.since == month_start(event.sent_at):
            changes.append(SetCount(key, replace(month, n=max(0, month.n - event.value.minor))))
    if freed != registration:
        changes.append(SetRegistration(freed))
    return Decision(tuple(changes), because=Reason.DONE, rule="MT4") if changes else Decision()
