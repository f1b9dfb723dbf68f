"""STOP: always works, from any state, by any channel (OO1 to OO7). No flow can take this away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smsc.messages import Campaign, State
from smsc.optin.advance import LIVE, begin, begin_any, begin_new, run
from smsc.optin.book import Book
from smsc.optin.decision import Decision, Reason, SetCount
from smsc.optin.events import Stop
from smsc.optin.holding import MENU, ask_menu, held_by, lift
from smsc.optin.invitation import invites, stop_invited
from smsc.optin.standing import Standing, Subscription
from smsc.optin.standing_after import apply, together
from smsc.optin.stores import answers_for_all, is_store_code, one_goodbye, stores_ended
from smsc.optin.turn import Turn, allowed, cause_of_stop
from smsc.sms.numbers import ShortCode


def stop(book: Book, standing: Standing, event: Stop, now: datetime) -> Decision:
    """End what the STOP concerns; a stranger's blocks the code and is answered once a day (OO2, OO2a)."""
    if any(registration.stop == event.stop for registration in standing.registrations.values()):
        return Decision(because=Reason.REPEATED, rule="OO2a")
    if held_by(standing, f"{MENU}{event.stop}"):
        return Decision(because=Reason.REPEATED, rule="OO2")
    if event.channel == "sms" and invites(book.profile_on(event.short_code)):
        return stop_invited(book, standing, event, now)
    ending = concerned(book, standing, event)
    if (menu := _menu(book, standing, event, ending, now)) is not None:
        return menu
    if not ending:
        return _stranger(book, standing, event, now)
    apart = answers_for_all(book, event)
    cause = replace(cause_of_stop(event), answered_apart=apart)
    whole = Decision()
    for subscription in ending:
        turn = begin(book, standing, subscription, cause=cause, now=now)
        part = run(turn, "stop")
        whole = together(whole, part)
        standing = apply(standing, part)
    others = [s for s in held_by(standing, MENU) if _code_of(book, standing, s) == event.short_code]
    if others:  # the choice is made: what was not chosen goes on
        part = lift(others, MENU)
        whole, standing = together(whole, part), apply(standing, part)
    if apart:
        whole = together(whole, Decision(effects=(one_goodbye(book, standing, event, ending),)))
    return together(whole, _acknowledged(book, standing, event, now)) if event.channel == "sms" else whole


def concerned(book: Book, standing: Standing, event: Stop) -> list[Subscription]:
    """The live subscriptions a STOP ends, in a fixed order.

    Named campaigns, or with a bare STOP what the code's `stop_scope` says of those on the code: all of them,
    or the one opted into last together with every open request. Scope `menu` asks first, `portal` ends all. A
    deactivated number loses everything on every code.
    """
    if event.channel == "sms" and is_store_code(book, event.short_code):
        return stores_ended(book, standing, event)
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


def _menu(
    book: Book, standing: Standing, event: Stop, ending: list[Subscription], now: datetime
) -> Decision | None:
    """The question which one to end, where the code asks it: once, and only with several active (OO2)."""
    bare = event.channel == "sms" and not event.campaigns and not event.everything
    if not bare or book.code(event.short_code).stop_scope != "menu":
        return None
    if sum(s.state is State.ACTIVE for s in ending) < 2 or any(
        h.startswith(MENU) for s in ending for h in s.holds
    ):
        return None
    return ask_menu(_on_the_code(book, standing, event, now), event, ending)


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
