"""STOP: always works, from any state, by any channel (OO1 to OO7). No flow can take this away."""

from __future__ import annotations

from datetime import datetime

from smsc.messages import Campaign, State
from smsc.optin.advance import LIVE, begin, begin_any, begin_new, run
from smsc.optin.book import Book
from smsc.optin.decision import Decision, Reason, SetCount
from smsc.optin.events import Stop
from smsc.optin.invitation import invites, stop_invited
from smsc.optin.standing import Standing, Subscription
from smsc.optin.standing_after import apply, together
from smsc.optin.turn import Turn, allowed, cause_of_stop
from smsc.sms.numbers import ShortCode


def stop(book: Book, standing: Standing, event: Stop, now: datetime) -> Decision:
    """End what the STOP concerns; a stranger's blocks the code and is answered once a day (OO2, OO2a)."""
    if any(registration.stop == event.stop for registration in standing.registrations.values()):
        return Decision(because=Reason.REPEATED, rule="OO2a")
    if event.channel == "sms" and invites(book.profile_on(event.short_code)):
        return stop_invited(book, standing, event, now)
    ending = concerned(book, standing, event)
    if not ending:
        return _stranger(book, standing, event, now)
    cause = cause_of_stop(event)
    whole = Decision()
    for subscription in ending:
        turn = begin(book, standing, subscription, cause=cause, now=now)
        part = run(turn, "stop")
        whole = together(whole, part)
        standing = apply(standing, part)
    return together(whole, _acknowledged(book, standing, event, now)) if event.channel == "sms" else whole


def concerned(book: Book, standing: Standing, event: Stop) -> list[Subscription]:
    """The live subscriptions a STOP ends, in a fixed order.

    Named campaigns, or with a bare STOP what the code's `stop_scope` says of those on the code: all of them,
    or the one opted into last together with every open request. Scopes `menu` and `portal` end all. A
    deactivated number loses everything on every code.
    """
    live = [s for _, s in sorted(standing.subscriptions.items()) if s.state in LIVE]
    if event.channel == "deactivation" or (event.everything and not event.short_code):
        return live
    if event.campaigns:
        return [s for s in live if s.campaign in event.campaigns]
    here = [s for s in live if _code_of(book, standing, s) == event.short_code]
    if event.everything or book.code(event.short_code).stop_scope != "last_active":
        return here
    active = [s for s in here if s.state is State.ACTIVE]
    last = max(active, key=lambda s: (s.since, s.campaign), default=None)
    return [s for s in here if s.state is State.PENDING or s is last]


def _code_of(book: Book, standing: Standing, subscription: Subscription) -> ShortCode:
    registration = standing.registrations.get(subscription.registration or 0)
    return book.campaign(subscription, registration).short_code


def _acknowledged(book: Book, standing: Standing, event: Stop, now: datetime) -> Decision:
    """The goodbye is the answer: a second STOP that soon gets none (OO1, OO2a)."""
    key = f"stop:{event.short_code}"
    limits = book.profile_on(event.short_code).limits
    count = allowed(standing, key, now, window_s=limits.stop_reply_s)
    return Decision((SetCount(key, count),)) if count is not None else Decision()


def _stranger(book: Book, standing: Standing, event: Stop, now: datetime) -> Decision:
    named = [c for name in event.campaigns if (c := book.campaigns.get(name)) is not None]
    if named:
        turn = begin_any(book, standing, named[0], cause=cause_of_stop(event), now=now)
    else:
        turn = _on_the_code(book, standing, event, now)
    return run(turn, "stop")


def _on_the_code(book: Book, standing: Standing, event: Stop, now: datetime) -> Turn:
    nobody = Campaign(
        id="",
        keyword="",
        short_code=event.short_code,
        merchant="",
        profile=book.profile_on(event.short_code).name,
        language="".join(book.code(event.short_code).languages[:1]),
    )
    return begin_new(book, standing, nobody, cause=cause_of_stop(event), now=now)
