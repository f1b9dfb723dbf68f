"""Telling subscribers what goes on, and asking them whether it shall (MT4): the steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsc.messages import Money
from smsc.optin.decision import CancelTimer, RecordConsent, SetTimer
from smsc.optin.events import TimerKind
from smsc.optin.periods import next_period
from smsc.optin.profile import Reminder
from smsc.optin.standing import Registration
from smsc.optin.turn import Turn
from smsc.optin.wording import amount, named_answer

ASKED_AGAIN = "renewal_asked"
"""What the ledger calls the question; the answer is `active` once more."""

EARLY = timedelta(seconds=1)
"""Stored times may be rounded."""


def reminder_key(registration: int, number: int) -> str:
    """Name of the wait for the next reminder by time."""
    return f"reminder:{registration}:{number}"


def renewal_key(registration: int, number: int) -> str:
    """Name of the wait for the answer to one reminder."""
    return f"renewal:{registration}:{number}"


def reached(reminder: Reminder, registration: Registration) -> int:
    """The last multiple of the reminder's value that was spent, or came; 0 where it goes by time."""
    if reminder.trigger == "time":
        return 0
    accounted = registration.spent if reminder.trigger == "spend" else registration.billed
    return accounted - accounted % reminder.value


def first_reminder(turn: Turn) -> None:
    """Where reminders go by time: the wait for the first."""
    if turn.registration is not None:
        _wait_for_next(turn, turn.registration)


def _wait_for_next(turn: Turn, registration: Registration) -> None:
    reminder = turn.profile.reminder
    if reminder is None or reminder.per is None:
        return
    due = next_period(registration.opened_at, reminder.per, turn.now + EARLY)
    key = reminder_key(registration.id, registration.reminders + 1)
    turn.changes.append(
        SetTimer(key, TimerKind.REMINDER, due, turn.campaign.id, registration=registration.id)
    )


def remind(turn: Turn, _: str) -> None:
    """The free text; where it asks, the wait for the answer, and what was asked in the ledger."""
    reminder, registration = turn.profile.reminder, turn.registration
    if reminder is None or registration is None:
        return
    spent = Money(registration.spent, registration.price.currency if registration.price else "")
    text = turn.text(
        reminder.text,
        total=amount(spent),
        messages=str(registration.billed),
        answer=named_answer(turn.profile, turn.campaign),
    )
    turn.answer(reminder.text, text)
    told = max(registration.reminded, reached(reminder, registration))
    turn.registration = replace(registration, reminded=told, reminders=registration.reminders + 1)
    if reminder.action == "require_confirm":
        _ask(turn, turn.registration, text)
    if reminder.action != "auto_stop":
        _wait_for_next(turn, turn.registration)


def _ask(turn: Turn, registration: Registration, text: str) -> None:
    due = turn.deadline("renewal")
    turn.registration = replace(registration, renew_by=due)
    key = renewal_key(registration.id, registration.reminders)
    turn.changes.append(SetTimer(key, TimerKind.RENEWAL, due, turn.campaign.id, registration=registration.id))
    subscription = turn.subscription
    turn.effects.append(
        RecordConsent(
            campaign=turn.campaign.id,
            state=ASKED_AGAIN,
            by=turn.cause.by,
            ref=turn.cause.ref,
            seen=text,
            profile=subscription.profile,
            version=subscription.version,
            registration=registration.id,
        )
    )


def end_renewal(turn: Turn) -> None:
    """The number has answered: it goes on."""
    registration = turn.registration
    if registration is None or registration.renew_by is None:
        return
    turn.changes.append(CancelTimer(renewal_key(registration.id, registration.reminders)))
    turn.registration = replace(registration, renew_by=None)


def end_reminders(turn: Turn) -> None:
    """The opt-in is over: nobody is reminded of it or asked about it."""
    end_renewal(turn)
    reminder, registration = turn.profile.reminder, turn.registration
    if registration is not None and reminder is not None and reminder.per is not None:
        turn.changes.append(CancelTimer(reminder_key(registration.id, registration.reminders + 1)))
