"""When subscribers are told what goes on, and what becomes of those who are asked whether it shall (MT4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import State
from smsc.optin.advance import EARLY, begin, run
from smsc.optin.book import Book
from smsc.optin.decision import BillAndSend, Decision, Reason
from smsc.optin.events import TimerDue
from smsc.optin.reminder_steps import reached, reminder_key, renewal_key
from smsc.optin.standing import Registration, Standing, Subscription
from smsc.optin.standing_after import apply, together
from smsc.optin.turn import Cause, Turn

TOO_LATE = Decision(because=Reason.REPEATED, rule="MT4")


def renewal_of(standing: Standing, subscription: Subscription) -> Registration | None:
    """The opt-in of an active subscription that is asked whether it goes on; None when it is not."""
    found = standing.registrations.get(subscription.registration or 0)
    asked = subscription.state is State.ACTIVE and found is not None and found.ended_at is None
    return found if asked and found is not None and found.renew_by is not None else None


def renewal_lapsed(standing: Standing, subscription: Subscription, now: datetime) -> bool:
    """Whether it was asked and the time to answer is over, its timer fired or not."""
    asked = renewal_of(standing, subscription)
    return asked is not None and asked.renew_by is not None and now >= asked.renew_by - EARLY


def accounted(
    book: Book, standing: Standing, decision: Decision, registration: int, now: datetime
) -> Decision:
    """A decision on content with the reminder that it brings about: so much is spent now, so many have come."""
    if not any(isinstance(effect, BillAndSend) for effect in decision.effects):
        return decision
    after = apply(standing, decision)
    turn = _turn(book, after, after.registrations[registration], now)
    reminder = turn.profile.reminder if turn is not None else None
    if turn is None or turn.registration is None or reminder is None or reminder.trigger == "time":
        return decision
    if reached(reminder, turn.registration) <= turn.registration.reminded:
        return decision
    part = run(turn, _event(turn))
    return replace(together(decision, part), because=decision.because, rule=decision.rule)


def reminder_due(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    """So much time has passed."""
    registration = standing.registrations.get(event.registration or 0)
    if registration is None or event.key != reminder_key(registration.id, registration.reminders + 1):
        return TOO_LATE
    turn = _turn(book, standing, registration, now)
    reminder = turn.profile.reminder if turn is not None else None
    if turn is None or reminder is None or reminder.per is None or registration.renew_by is not None:
        return TOO_LATE
    return run(turn, _event(turn))


def renewal_due(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    """Nobody answered: it ends."""
    registration = standing.registrations.get(event.registration or 0)
    if registration is None or event.key != renewal_key(registration.id, registration.reminders):
        return TOO_LATE
    subscription = standing.subscriptions.get(registration.campaign)
    if subscription is None or not renewal_lapsed(standing, subscription, now):
        return TOO_LATE
    return unrenewed(book, standing, subscription, now)


def unrenewed(book: Book, standing: Standing, subscription: Subscription, now: datetime) -> Decision:
    """End an opt-in whose number was asked whether it goes on and did not say so."""
    registration = renewal_of(standing, subscription)
    turn = _turn(book, standing, registration, now) if registration is not None else None
    return run(turn, "renewal_due") if turn is not None else TOO_LATE


def _event(turn: Turn) -> str:
    reminder = turn.profile.reminder
    return "used_up" if reminder is not None and reminder.action == "auto_stop" else "reminder"


def _turn(book: Book, standing: Standing, registration: Registration, now: datetime) -> Turn | None:
    """A turn on the current opt-in of a subscription; no MO and no call ends it, so it names its end itself."""
    subscription = standing.subscriptions.get(registration.campaign)
    if subscription is None or registration.ended_at is not None:
        return None
    if subscription.state is not State.ACTIVE or subscription.registration != registration.id:
        return None
    cause = Cause(by="timer", short_code=registration.short_code, ref=registration.id)
    return begin(book, standing, subscription, cause=cause, now=now)
