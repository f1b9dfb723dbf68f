"""One turn of the engine: one campaign of one number, one event. Steps write on it; it becomes a Decision."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from smsc.messages import Campaign, Kind
from smsc.optin.book import Book
from smsc.optin.decision import (
    Change,
    Decision,
    Effect,
    Ignored,
    Reason,
    Send,
    SetCount,
    SetRegistration,
    SetSubscription,
)
from smsc.optin.events import FromMo, MerchantSend, Stop, WebRequest
from smsc.optin.profile import Profile
from smsc.optin.standing import Count, Registration, Standing, Subscription
from smsc.optin.wording import digest, render
from smsc.sms.numbers import ShortCode

AUTO = "auto"
"""Count key of all automatic replies to the number (RT7)."""

KINDS = {
    "request": Kind.REQUEST,
    "confirm": Kind.CONFIRM,
    "welcome": Kind.WELCOME,
    "goodbye": Kind.GOODBYE,
    "help": Kind.HELP,
}
"""MT kind of a text; all others are INFO."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What set the turn off, whichever event it was."""

    by: str
    """ "mo", "api", "timer", "charge", "portal", "operator", "deactivation"."""
    short_code: ShortCode
    ref: int | None = None
    text: str = ""
    carrier: str = ""
    network: str = ""
    may_answer: bool = True
    """False for an MO whose sender cannot be answered (RT7)."""
    fresh_id: int | None = None
    call: MerchantSend | None = None
    web: WebRequest | None = None
    answered_apart: bool = False
    """One reply of the code answers for all that a STOP ends: no goodbye of each (S1, marketing code)."""
    name: str = ""
    """What a store calls the subscriber (S1)."""

    @property
    def answers_mo(self) -> int | None:
        """The MO that an MT of this turn answers."""
        return self.ref if self.by == "mo" else None

    @property
    def silent(self) -> bool:
        """A deactivated number is neither texted nor spoken of (OO7)."""
        return self.by == "deactivation"


def cause_of_mo(origin: FromMo, *, fresh_id: int | None = None) -> Cause:
    """The cause that an MO is."""
    return Cause(
        by="mo",
        short_code=origin.short_code,
        ref=origin.mo,
        text=origin.text,
        carrier=origin.carrier,
        network=origin.network,
        may_answer=origin.may_answer,
        fresh_id=fresh_id,
    )


def cause_of_stop(event: Stop) -> Cause:
    """The cause that a STOP is, by whatever channel (OO7)."""
    return Cause(
        by="mo" if event.channel == "sms" else event.channel,
        short_code=event.short_code,
        ref=event.stop,
        text=event.text,
        carrier=event.carrier,
        network=event.network,
        may_answer=event.may_answer,
    )


def allowed(
    standing: Standing, key: str, now: datetime, *, window_s: float, at_most: int = 1
) -> Count | None:
    """The count after one more of `key`, or None when its window has no room left."""
    count = standing.counts.get(key)
    if count is None or now - count.since >= timedelta(seconds=window_s):
        return Count(since=now, n=1)
    return Count(since=count.since, n=count.n + 1) if count.n < at_most else None


@dataclass(slots=True)
class Turn:
    """The working sheet of one rule being carried out. Starts from the standing, ends as a Decision."""

    book: Book
    standing: Standing
    now: datetime
    campaign: Campaign
    profile: Profile
    cause: Cause
    subscription: Subscription
    registration: Registration | None = None
    changes: list[Change] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    limited: bool = False
    shown: str | None = None
    """The request text, once rendered."""

    def deadline(self, wait: str) -> datetime:
        """When a wait of the campaign is over."""
        seconds = self.campaign.deadlines.get(wait)
        return self.now + timedelta(seconds=self.profile.deadlines[wait] if seconds is None else seconds)

    def request_text(self) -> str:
        """The double opt-in text as the number is shown it: the server's, or the merchant's where that was sent."""
        asked = self.subscription
        merchants = asked.opening_text and self.profile.flow.merchant_asks
        if merchants and digest(asked.opening_text) == asked.wording_digest:
            return asked.opening_text
        if self.shown is None:
            self.shown = self.text("request")
        return self.shown

    def may_ask(self) -> bool:
        """Use up one of the requests that merchants may cause; the number's own MOs have limits of their own (S3)."""
        if self.cause.web is None:
            return True
        limits, key = self.profile.limits, f"asked:{self.campaign.id}"
        count = allowed(self.standing, key, self.now, window_s=limits.requests_s, at_most=limits.requests_max)
        if count is not None:
            self.counts[key] = count
        return count is not None

    def text(self, kind: str, **values: str) -> str:
        """A text of the campaign in the version the subscription has; `values` fill or override placeholders."""
        return render(self.book, kind, self.campaign, profile=self.profile, **values)

    def can_answer(self) -> bool:
        """Whether one more automatic reply may go to the number now (RT7)."""
        if self.cause.silent or not self.cause.may_answer:
            return False
        return self.cause.answers_mo is None or self._next_auto() is not None

    def _next_auto(self) -> Count | None:
        limits = self.profile.limits
        return allowed(
            self.standing, AUTO, self.now, window_s=limits.auto_replies_s, at_most=limits.auto_replies_max
        )

    def take(self, key: str, *, window_s: float) -> bool:
        """Use up one of `key`; False when its window has none left."""
        if key in self.counts:
            return False
        count = allowed(self.standing, key, self.now, window_s=window_s)
        if count is not None:
            self.counts[key] = count
        return count is not None

    def answer(
        self,
        kind: str,
        text: str,
        *,
        goodbye_of: tuple[int, int] | None = None,
        owed: bool = False,
        sender: ShortCode | None = None,
    ) -> bool:
        """Send one free MT of the server's own, unless the loop guard or the sender forbids it.

        `sender`: the code it leaves from, when that is not the campaign's.

        `owed`: the goodbye of a registration, which never fails to come (OO4): only a deactivated number goes
        without.
        """
        if not text or not (self.can_answer() or (owed and not self.cause.silent)):
            self.ignore(Reason.LIMITED if text else Reason.NO_RULE)
            return False
        if self.cause.answers_mo is not None and (count := self._next_auto()) is not None:
            self.counts[AUTO] = count
        self.effects.append(
            Send(
                kind=KINDS.get(kind, Kind.INFO),
                short_code=sender or self.campaign.short_code,
                text=text,
                campaign=self.campaign.id,
                merchant=self.campaign.merchant,
                registration=self.registration.id if self.registration else None,
                carrier=self.carrier,
                answers_mo=self.cause.answers_mo,
                goodbye_of=goodbye_of,
            )
        )
        return True

    @property
    def carrier(self) -> str:
        """Whose network the number is on: the cause's word, else its last MO's, else the subscription's
        (MT8).
        """
        return self.cause.carrier or self.standing.last_carrier or self.subscription.carrier

    def ignore(self, reason: Reason) -> None:
        """Say that something was not sent, and why."""
        self.limited = True
        self.effects.append(Ignored(reason))

    def decision(self, rule: str) -> Decision:
        """What the turn came to. `because` is LIMITED when all it had to say was held back."""
        before = self.standing.subscriptions.get(self.campaign.id)
        changes: list[Change] = []
        if self.subscription != before and (before or self.subscription.opening_mo is not None):
            changes.append(SetSubscription(self.subscription))
        registration = self.registration
        if registration is not None and registration != self.standing.registrations.get(registration.id):
            changes.append(SetRegistration(registration))
        changes += self.changes
        changes += [SetCount(key, count) for key, count in self.counts.items()]
        held_back = self.limited and all(isinstance(effect, Ignored) for effect in self.effects)
        because = Reason.LIMITED if held_back and not changes else Reason.DONE
        if not changes and not self.effects:
            because = Reason.REPEATED
        return Decision(tuple(changes), tuple(self.effects), because, rule)


def moved(turn: Turn, **fields: object) -> None:
    """Write fields of the subscription."""
    turn.subscription = replace(turn.subscription, **fields)  # type: ignore[arg-type]


def refuse(reason: Reason, rule: str) -> Decision:
    """A decision that changes nothing and says why."""
    return Decision(effects=(Ignored(reason),), because=reason, rule=rule)
