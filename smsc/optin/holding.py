"""Content that waits: for the choice after a bare STOP (OO2 menu), for the decision on a text under review (RT3a)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from smsc.messages import State
from smsc.optin.advance import LIVE, begin, run
from smsc.optin.book import Book
from smsc.optin.decision import Change, Decision, Effect, Hold, Reason, Resume, SetSubscription, SetTimer
from smsc.optin.events import Reviewed, Stop, TimerDue, TimerKind
from smsc.optin.standing import Standing, Subscription
from smsc.optin.standing_after import apply, together
from smsc.optin.turn import Cause, Turn
from smsc.optin.wording import listed, render_code

MENU_S = 300.0
"""How long a choice is waited for before all is ended (OO2)."""

MENU = "menu:"
REVIEW = "review:"


def held_by(standing: Standing, hold: str) -> list[Subscription]:
    """The live subscriptions with this hold, in a fixed order; a hold that ends with ":" is any of its kind."""
    return [
        s
        for _, s in sorted(standing.subscriptions.items())
        if s.state in LIVE
        and any(one == hold or (hold.endswith(":") and one.startswith(hold)) for one in s.holds)
    ]


def hold_all(subscriptions: Iterable[Subscription], hold: str) -> tuple[list[Change], list[Effect]]:
    """Put a hold on these: their content waits from now on."""
    changes: list[Change] = []
    effects: list[Effect] = []
    for subscription in subscriptions:
        if hold in subscription.holds:
            continue
        changes.append(SetSubscription(replace(subscription, holds=(*subscription.holds, hold))))
        if subscription.state is State.ACTIVE and subscription.registration is not None:
            effects.append(Hold(subscription.campaign, subscription.registration))
    return changes, effects


def lift(subscriptions: Iterable[Subscription], hold: str) -> Decision:
    """Take a hold (or all of its kind) off these; what waits for nothing else goes on."""
    changes: list[Change] = []
    effects: list[Effect] = []
    for subscription in subscriptions:
        kind = hold.endswith(":")
        left = tuple(h for h in subscription.holds if not (h == hold or (kind and h.startswith(hold))))
        if left == subscription.holds:
            continue
        changes.append(SetSubscription(replace(subscription, holds=left)))
        if not left and subscription.state is State.ACTIVE and subscription.registration is not None:
            effects.append(Resume(subscription.campaign, subscription.registration))
    return Decision(tuple(changes), tuple(effects), Reason.DONE, "OO2")


def ask_menu(turn: Turn, event: Stop, choices: list[Subscription]) -> Decision | None:
    """List what may be ended and hold it all; None when the number cannot be asked, so that all ends."""
    hold = f"{MENU}{event.stop}"
    if not turn.can_answer():
        return None
    words = []
    for subscription in choices:
        if subscription.state is State.ACTIVE:
            registration = turn.standing.registrations.get(subscription.registration or 0)
            words.append(f"STOP {turn.book.campaign(subscription, registration).keyword}")
    text = render_code(
        turn.profile,
        "stop_menu",
        turn.campaign.language,
        short_code=event.short_code,
        answers=listed(words),
    )
    if not turn.answer("info", text):
        return None
    changes, effects = hold_all(choices, hold)
    turn.changes += changes
    turn.effects += effects
    due = turn.now + timedelta(seconds=MENU_S)
    turn.changes.append(SetTimer(hold, TimerKind.MENU, due, choices[0].campaign, stop=event.stop))
    return turn.decision("OO2")


def stop_unanswered(book: Book, standing: Standing, event: TimerDue, now: datetime) -> Decision:
    """No choice was made: all that the menu listed ends (OO2)."""
    whole = Decision(because=Reason.REPEATED, rule="OO2")
    for subscription in held_by(standing, f"{MENU}{event.stop}"):
        registration = standing.registrations.get(subscription.registration or 0)
        code = book.campaign(subscription, registration).short_code
        cause = Cause(by="timer", short_code=code, ref=event.stop, text="STOP")
        part = run(begin(book, standing, subscription, cause=cause, now=now), "stop")
        whole = together(whole, part)
        standing = apply(standing, part)
    return whole


def reviewed_stop(standing: Standing, event: Reviewed) -> Stop | None:
    """The STOP that a review found; None when what it concerned is over and something newer is not meant by it."""
    concerned = tuple(s.campaign for s in held_by(standing, f"{REVIEW}{event.review}"))
    if not concerned and any(s.state in LIVE for s in standing.subscriptions.values()):
        return None
    return Stop(
        stop=event.review,
        short_code=event.short_code,
        text=event.text,
        at=event.at,
        campaigns=concerned,
        channel="operator",
    )


def resumed(standing: Standing, event: Reviewed) -> Decision:
    """No STOP was meant: content goes on (RT5b)."""
    hold = f"{REVIEW}{event.review}"
    decision = lift(held_by(standing, hold), hold)
    return (
        replace(decision, rule="RT5b") if decision.changes else Decision(because=Reason.REPEATED, rule="RT5b")
    )
