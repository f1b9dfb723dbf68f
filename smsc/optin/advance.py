"""Carrying out one rule of a flow for one campaign of one number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from smsc.messages import Campaign, Frequency, State
from smsc.optin.book import Book
from smsc.optin.decision import Decision, Reason
from smsc.optin.flow import Rule
from smsc.optin.profile import Profile
from smsc.optin.standing import Registration, Standing, Subscription
from smsc.optin.steps import STEPS
from smsc.optin.stores import at_code, free_code, pool_empty
from smsc.optin.turn import Cause, Turn, moved, refuse
from smsc.optin.wording import digest

LIVE = (State.PENDING, State.ACTIVE)

EARLY = timedelta(seconds=1)
"""A wait counts as over this much before its end: stored times may be rounded."""


def begin(book: Book, standing: Standing, subscription: Subscription, *, cause: Cause, now: datetime) -> Turn:
    """A turn on a subscription that exists, under the version and the terms it was given (OO8, MT4)."""
    active = subscription.state is State.ACTIVE and subscription.registration is not None
    registration = standing.registrations.get(subscription.registration or 0) if active else None
    campaign = book.campaign(subscription, registration)
    live = subscription.state in LIVE
    profile = book.profile_of(subscription) if live else newest(book, campaign, cause)
    return Turn(
        book=book,
        standing=standing,
        now=now,
        campaign=at_code(standing, _as_agreed(campaign, registration)),
        profile=profile,
        cause=cause,
        subscription=subscription,
        registration=registration,
    )


def begin_ended(
    book: Book, standing: Standing, registration: Registration, *, cause: Cause, now: datetime
) -> Turn:
    """A turn on an ended registration, whatever its subscription does by then."""
    known = standing.subscriptions.get(registration.campaign)
    subscription = known or Subscription(registration.campaign, State.OPTED_OUT, "", 0, now)
    campaign = book.campaign(subscription, registration)
    return Turn(
        book=book,
        standing=standing,
        now=now,
        campaign=at_code(standing, _as_agreed(campaign, registration)),
        profile=book.profile_of(subscription) if known else newest(book, campaign, cause),
        cause=cause,
        subscription=subscription,
        registration=registration,
    )


def begin_new(book: Book, standing: Standing, campaign: Campaign, *, cause: Cause, now: datetime) -> Turn:
    """A turn on a campaign the number has never had to do with."""
    profile = newest(book, campaign, cause)
    subscription = Subscription(campaign.id, State.NONE, profile.name, profile.version, now)
    return Turn(
        book=book,
        standing=standing,
        now=now,
        campaign=at_code(standing, campaign),
        profile=profile,
        cause=cause,
        subscription=subscription,
    )


def newest(book: Book, campaign: Campaign, cause: Cause) -> Profile:
    """The profile a request of now is given, as it is on the network of its cause (OO8)."""
    return book.newest(campaign.profile).on(cause.network, cause.carrier)


def begin_any(book: Book, standing: Standing, campaign: Campaign, *, cause: Cause, now: datetime) -> Turn:
    """A turn on a campaign, known to the number or not."""
    known = standing.subscriptions.get(campaign.id)
    if known is None:
        return begin_new(book, standing, campaign, cause=cause, now=now)
    return begin(book, standing, known, cause=cause, now=now)


def _as_agreed(campaign: Campaign, registration: Registration | None) -> Campaign:
    if registration is None:
        return campaign
    agreed = None
    if registration.count_max is not None and registration.per is not None:
        agreed = Frequency(registration.count_max, registration.per)
    return replace(campaign, price=registration.price, frequency=agreed)


def run(turn: Turn, event: str) -> Decision:
    """Carry out the flow's rule for `event` in the subscription's state; NO_RULE where there is none."""
    rule = turn.profile.flow.rule(turn.subscription.state, event)
    return carry_out(turn, rule) if rule is not None else refuse(Reason.NO_RULE, "")


def run_ended(turn: Turn, event: str) -> Decision:
    """Carry out the flow's rule for `event` on an ended registration."""
    rule = turn.profile.flow.ended.get(event)
    return carry_out(turn, rule) if rule is not None else refuse(Reason.NO_RULE, "")


def carry_out(turn: Turn, rule: Rule) -> Decision:
    """Move, take the steps, sum up. A request that cannot be sent is not opened (RT7)."""
    if rule.must_answer and not turn.can_answer():
        return refuse(Reason.LIMITED, "RT7")
    if rule.has("open_request") and not turn.may_ask():
        return refuse(Reason.LIMITED, "OI2")
    if rule.has("bind_code") and free_code(turn) is None:
        return pool_empty(turn)
    if rule.to is not None and rule.to is not turn.subscription.state:
        moved(turn, state=rule.to, since=turn.now)
        if rule.to not in LIVE and turn.subscription.holds:
            moved(turn, holds=())
    for step in rule.steps:
        STEPS[step.verb](turn, step.word)
    return turn.decision(rule.because)


def lapsed(subscription: Subscription, now: datetime) -> bool:
    """Whether a pending request's window is over, its timer fired or not (OI2)."""
    due = subscription.expires_at
    return subscription.state is State.PENDING and due is not None and now >= due - EARLY


def reworded(turn: Turn) -> bool:
    """Whether the request reads otherwise today than it was shown: then a yes to it says nothing (OI3)."""
    shown = turn.subscription.wording_digest
    return bool(shown) and digest(turn.request_text()) != shown
