"""The opt-in engine: one event of one number in, changes and effects out."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from smsc.messages import State
from smsc.optin.advance import EARLY, begin, begin_any, begin_ended, lapsed, reworded, run, run_ended
from smsc.optin.book import Book
from smsc.optin.channels import change_block, imported
from smsc.optin.charged import charged
from smsc.optin.decision import Decision, Reason, SetTimer
from smsc.optin.events import (
    Ambiguous,
    BareStart,
    BlockChange,
    Charged,
    Command,
    Confirm,
    Decline,
    Event,
    FreeText,
    Help,
    Imported,
    Invite,
    Keyword,
    MerchantSend,
    Responder,
    Review,
    Reviewed,
    Sent,
    Stop,
    StoreOptIn,
    StoreSend,
    TimerDue,
    TimerKind,
    Unknown,
    WebRequest,
)
from smsc.optin.gate import own_registration, refusal, web_refusal
from smsc.optin.holding import resumed, reviewed_stop, stop_unanswered
from smsc.optin.invitation import invite
from smsc.optin.reminders import (
    accounted,
    reminder_due,
    renewal_due,
    renewal_lapsed,
    renewal_of,
    unrenewed,
)
from smsc.optin.replies import explain_start, help_reply, review, unknown_reply
from smsc.optin.standing import Standing
from smsc.optin.standing_after import apply, together
from smsc.optin.steps import confirm_key
from smsc.optin.stop import stop
from smsc.optin.store_calls import responder, store_opt_in, store_send
from smsc.optin.stores import reopened
from smsc.optin.turn import Cause, cause_of_mo, moved, refuse

_CALLS = {Command.WELCOME: "welcome", Command.CONTENT: "content"}


def decide(book: Book, standing: Standing, event: Event, now: datetime) -> Decision:
    """Changes and effects for one event of one MSISDN. Total, pure, deterministic; `now` is UTC.

    An event that no rule answers changes nothing and says NO_RULE; a merchant's call that is refused says
    why. A failed charge and a merchant's content are taken once for each time they come: keeping them single
    is the caller's part (D2, CH2). All other events may come twice without effect.
    """
    match event:
        case Stop():
            return stop(book, standing, event, now)
        case Help():
            return help_reply(book, standing, event, now)
        case Keyword() | Confirm() | Decline():
            return answer_mo(book, standing, event, now)
        case FreeText():
            return free_text(book, standing, event, now)
        case BareStart() if event.origin.mo in standing.registrations:
            return refuse(Reason.REPEATED, "RT4")  # it has opened a store already
        case BareStart() if (store := reopened(book, standing, event)) is not None:
            return answer_mo(book, standing, Keyword(event.origin, store), now)
        case BareStart() | Ambiguous():
            return explain_start(book, standing, event, now)
        case Unknown():
            return unknown_reply(book, standing, event, now)
        case Review():
            return review(book, standing, event, now)
        case MerchantSend():
            return merchant_send(book, standing, event, now)
        case WebRequest():
            return web_request(book, standing, event, now)
        case Reviewed():
            return reviewed(book, standing, event, now)
        case StoreOptIn():
            return store_opt_in(book, standing, event, now)
        case StoreSend():
            return store_send(book, standing, event, now)
        case Responder():
            return responder(book, standing, event, now)
        case Invite():
            return invite(book, standing, event, now)
        case BlockChange():
            return change_block(standing, event, now)
        case Imported():
            return imported(book, standing, event, now)
        case TimerDue():
            return timer_due(book, standing, event, now)
        case Charged():
            return charged(book, standing, event, now)
        case Sent():
            return Decision()
        case _:
            assert_never(event)


def answer_mo(book: Book, standing: Standing, event: Keyword | Confirm | Decline, now: datetime) -> Decision:
    """A keyword, a yes or a no. A yes with no request to answer acts like the keyword (RT4)."""
    campaign = book.campaigns.get(event.campaign)
    if campaign is None:
        return refuse(Reason.NO_RULE, "RT2")
    known = standing.subscriptions.get(event.campaign)
    cause = cause_of_mo(event.origin, fresh_id=event.fresh_id if isinstance(event, Confirm) else None)
    if _repeated(standing, event):
        return refuse(Reason.REPEATED, "D1a")
    before = Decision()
    if known is not None and known.state is State.PENDING:
        turn = begin(book, standing, known, cause=cause, now=now)
        if lapsed(known, now) or (isinstance(event, Confirm) and reworded(turn)):
            before = _expire(book, standing, event.campaign, now)
            standing = apply(standing, before)
    elif known is not None and renewal_lapsed(standing, known, now):
        before = unrenewed(book, standing, known, now)
        standing = apply(standing, before)
    turn = begin_any(book, standing, campaign, cause=cause, now=now)
    word = type(event).__name__.lower()
    if renewal_of(standing, turn.subscription) is not None:
        word = {"confirm": "renewed", "decline": "renewal_due"}.get(word, word)
    if word == "confirm" and turn.profile.flow.rule(turn.subscription.state, word) is None:
        word = "keyword"
    return together(before, run(turn, word)) if before.changes else run(turn, word)


def _repeated(standing: Standing, event: Keyword | Confirm | Decline) -> bool:
    """Whether this very MO has opened the request, or came before the opt-in it would confirm."""
    known = standing.subscriptions.get(event.campaign)
    if known is None:
        return False
    if known.opening_mo == event.origin.mo:
        return True
    if not isinstance(event, Confirm) or known.state is not State.ACTIVE:
        return False
    registration = standing.registrations.get(known.registration or 0)
    return registration is not None and event.origin.received_at <= registration.opened_at


def _expire(book: Book, standing: Standing, campaign: str, now: datetime) -> Decision:
    subscription = standing.subscriptions[campaign]
    code = book.campaign(subscription, None).short_code
    turn = begin(book, standing, subscription, cause=Cause(by="timer", short_code=code), now=now)
    return run(turn, "confirm_due")


def free_text(book: Book, standing: Standing, event: FreeText, now: datetime) -> Decision:
    """An active subscriber's text goes to the merchant; anybody else's is unknown (RT2)."""
    known = standing.subscriptions.get(event.campaign)
    if known is None or known.state is not State.ACTIVE:
        return unknown_reply(book, standing, Unknown(event.origin), now)
    return run(begin(book, standing, known, cause=cause_of_mo(event.origin), now=now), "text")


def merchant_send(book: Book, standing: Standing, event: MerchantSend, now: datetime) -> Decision:
    """A merchant's welcome, content or goodbye, refused as the gateway table of S2 says."""
    registration = own_registration(standing, event)
    if registration is None:
        return refuse(Reason.NO_REGISTRATION, "S2")
    reason = refusal(book, standing, event, registration, now)
    if reason is not None:
        return refuse(reason, "S2")
    cause = Cause(
        by="api",
        short_code=registration.short_code,
        ref=event.call,
        text=event.text,
        carrier=event.carrier,
        network=event.network,
        call=event,
    )
    if event.command is Command.GOODBYE:
        return run_ended(begin_ended(book, standing, registration, cause=cause, now=now), "goodbye")
    subscription = standing.subscriptions[registration.campaign]
    decision = run(begin(book, standing, subscription, cause=cause, now=now), _CALLS[event.command])
    return accounted(book, standing, decision, registration.id, now)


def web_request(book: Book, standing: Standing, event: WebRequest, now: datetime) -> Decision:
    """A merchant's text for a number that asked on its web page (S3): refused, or the number is asked itself."""
    campaign = book.campaigns.get(event.campaign)
    if campaign is None:
        return refuse(Reason.NO_RULE, "S3")
    reason = web_refusal(book, standing, event, campaign)
    if reason is not None:
        return refuse(reason, "S3")
    before = Decision()
    known = standing.subscriptions.get(event.campaign)
    if known is not None and lapsed(known, now):
        before = _expire(book, standing, event.campaign, now)
        standing = apply(standing, before)
    cause = Cause(
        by="api",
        short_code=campaign.short_code,
        ref=event.call,
        carrier=event.carrier,
        network=event.network,
        web=event,
    )
    decision = run(begin_any(book, standing, campaign, cause=cause, now=now), "web")
    return together(before, decision) if before.changes else decision


def reviewed(book: Book, standing: Standing, event: Reviewed, now: datetime) -> Decision:
    """The decision on a text under review: a STOP like any other, or content goes on (RT5b)."""
    if not event.stop:
        return resumed(standing, event)
    found = reviewed_stop(standing, event)
    return stop(book, standing, found, now) if found is not None else _too_late("RT5b")


def timer_due(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    """The end of a wait. The state is looked at afresh: a late or doubled timer does nothing (OI2, OO4)."""
    subscription = standing.subscriptions.get(event.campaign)
    match event.kind:
        case TimerKind.CONFIRM:
            if subscription is None or not lapsed(subscription, now):
                return _too_late("OI2")
            key = confirm_key(subscription.opening_mo)
            if event.key != key and not event.key.startswith(f"{key}:"):
                return _too_late("OI2")
            return _window_over(book, standing, event, now)
        case TimerKind.MENU:
            return stop_unanswered(book, standing, event, now)
        case TimerKind.WELCOME:
            return _welcome_due(book, standing, event, now)
        case TimerKind.GOODBYE:
            return _goodbye_due(book, standing, event, now)
        case TimerKind.REMINDER:
            return reminder_due(book, standing, event, now)
        case TimerKind.RENEWAL:
            return renewal_due(book, standing, event, now)
        case _:
            assert_never(event.kind)


def _welcome_due(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    subscription = standing.subscriptions.get(event.campaign)
    registration = standing.registrations.get(event.registration) if event.registration is not None else None
    if registration is None or registration.ended_at is not None or registration.welcomed_at is not None:
        return _too_late("OI4")
    if subscription is None or subscription.registration != registration.id:
        return _too_late("OI4")
    cause = Cause(by="timer", short_code=registration.short_code)
    return run(begin(book, standing, subscription, cause=cause, now=now), "welcome_due")


def _goodbye_due(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    registration = standing.registrations.get(event.registration) if event.registration is not None else None
    if registration is None or registration.goodbye_at is not None or registration.stop != event.stop:
        return _too_late("OO4")
    if registration.ended_at is None or registration.goodbye_by is None:
        return _too_late("OO4")
    cause = Cause(by="timer", short_code=registration.short_code, ref=event.stop)
    return run_ended(begin_ended(book, standing, registration, cause=cause, now=now), "goodbye_due")


def _window_over(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    """Nobody answered. Silence is consent only where the flow says so, and only to a notice that stood the whole
    window; one that arrived late gets the rest of it.
    """
    subscription = standing.subscriptions[event.campaign]
    code = book.campaign(subscription, None).short_code
    cause = Cause(by="timer", short_code=code, ref=subscription.opening_mo)
    turn = begin(book, standing, subscription, cause=cause, now=now)
    if event.shown_at is None or turn.profile.flow.rule(State.PENDING, "unanswered") is None:
        return _expire(book, standing, event.campaign, now)
    until = event.shown_at + (turn.deadline("confirm") - now)
    if now >= until - EARLY:
        return run(turn, "unanswered")
    moved(turn, expires_at=until)
    key = f"{confirm_key(subscription.opening_mo)}:{until.timestamp():.0f}"
    turn.changes.append(SetTimer(key, TimerKind.CONFIRM, until, event.campaign))
    return turn.decision("OI2")


def _too_late(rule: str) -> Decision:
    return Decision(because=Reason.REPEATED, rule=rule)
