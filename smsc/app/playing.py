"""A number's stored MOs and calls under one keywords.yaml: what the engine decides of each, in memory only.

Nothing is sent and nothing is written. Timers that fall between two events are fired in their order. What a decision
comes to is told in words that two runs can be compared by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from smsc.charging.money import format_money
from smsc.messages import Kind, Mo, Money, NoticeKind
from smsc.optin import Decision, apply, decide
from smsc.optin.decision import (
    BillAndSend,
    CancelTimer,
    Expire,
    Notify,
    Reason,
    Release,
    Send,
    SetSubscription,
    SetTimer,
)
from smsc.optin.events import Event, MerchantSend, TimerDue, TimerKind
from smsc.optin.standing import Standing
from smsc.optin.stores import store_on
from smsc.pipeline.batch import Line
from smsc.pipeline.mos import event_of, route_in

TIMERS_MAX = 1000
"""Timers of one number that are fired between two of its events; a flow has a handful."""


@dataclass(frozen=True, slots=True)
class Message:
    """An MT that would go out. `price` is "" for a free one."""

    kind: str
    text: str
    price: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an MO, and of the timers and calls after it until the number's next one."""

    route: str
    states: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    told: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Calls of merchants that are refused, each with the reason."""


@dataclass(frozen=True, slots=True)
class Played:
    """One thing that happened to a number: an MO with the registration its confirm word opened, or a call."""

    at: datetime
    id: int
    mo: Mo | None = None
    fresh_id: int = 0
    event: Event | None = None


@dataclass(slots=True)
class _Talk:
    """What is gathered for one outcome."""

    route: str
    states: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def outcome(self) -> Outcome:
        parts = (tuple(p) for p in (self.states, self.messages, self.told, self.refused))
        return Outcome(self.route, *parts)  # type: ignore[arg-type]


class Player:
    """One number under one line, from `standing` on."""

    def __init__(self, line: Line, standing: Standing) -> None:
        self.line, self.standing = line, standing
        self._timers: dict[str, SetTimer] = {}
        self._over: set[str] = set()
        self._held: dict[int, Message] = {}

    def play(self, played: Iterable[Played], *, until: datetime) -> dict[int, Outcome]:
        """The outcome of each MO by its id. `until`: up to when timers are fired at the end."""
        talk, outcomes = _Talk(""), dict[int, Outcome]()
        current = 0
        for one in played:
            self._pass(one.at, talk)
            if one.mo is not None:
                outcomes[current] = talk.outcome()
                current, talk = one.mo.id, _Talk("")
                self._mo(one.mo, one, talk)
            elif one.event is not None:
                self._decide(one.event, one.at, talk)
        self._pass(until, talk)
        outcomes[current] = talk.outcome()
        outcomes.pop(0, None)
        return outcomes

    def _mo(self, mo: Mo, one: Played, talk: _Talk) -> None:
        if mo.short_code not in self.line.table.codes:
            talk.route = "no_code"
            return
        network = mo.network or self.standing.last_network
        self.standing = replace(self.standing, last_carrier=mo.carrier, last_network=network)
        store = store_on(self.standing, mo.short_code)
        route = route_in(self.line, self.standing, mo, store=store)
        event = event_of(mo, route, fresh_id=lambda: one.fresh_id or mo.id)
        named = getattr(event, "campaign", None) or ",".join(getattr(event, "campaigns", ())) or store
        talk.route = f"{type(event).__name__.lower()} {named}".strip()
        self._decide(event, one.at, talk)

    def _pass(self, until: datetime, talk: _Talk) -> None:
        """Fire what falls due before `until`, the earliest first."""
        for _ in range(TIMERS_MAX):
            due = min(self._timers.values(), key=lambda t: (t.due, t.key), default=None)
            if due is None or due.due > until:
                return
            del self._timers[due.key]
            self._over.add(due.key)
            shown_at = self.standing.subscriptions.get(due.campaign)
            event = TimerDue(
                due.key,
                due.kind,
                due.campaign,
                registration=due.registration,
                stop=due.stop,
                shown_at=shown_at.request_sent_at if shown_at and due.kind is TimerKind.CONFIRM else None,
            )
            self._decide(event, due.due, talk)

    def _decide(self, event: Event, now: datetime, talk: _Talk) -> None:
        before = self.standing
        decision = decide(self.line.book, before, event, now)
        self.standing = apply(before, decision)
        self._note_states(before, decision, talk)
        self._note_timers(decision)
        for effect in decision.effects:
            match effect:
                case Send():
                    self._send(effect, "", talk)
                case BillAndSend():
                    self._send(effect.send, _price(effect.value), talk)
                case Release() if (held := self._held.pop(effect.mt, None)) is not None:
                    talk.messages.append(held)
                case Expire():
                    self._held.pop(effect.mt, None)
                    talk.told.append("report VALIDITY_EXPIRED")
                case Notify(notice):
                    what = notice.report if notice.kind is NoticeKind.REPORT else notice.text
                    talk.told.append(f"{notice.merchant}: {notice.kind.value} {what}".strip())
                case _:
                    pass
        if isinstance(event, MerchantSend) and decision.because is not Reason.DONE:
            talk.refused.append(
                f"{event.command.value or 'content'} {event.full_id}: {decision.because.value}"
            )

    def _send(self, order: Send, price: str, talk: _Talk) -> None:
        message = Message(order.kind.value, order.text, price)
        if order.held and order.mt is not None and order.kind is Kind.WELCOME:
            self._held[order.mt] = message
        else:
            talk.messages.append(message)

    def _note_states(self, before: Standing, decision: Decision, talk: _Talk) -> None:
        named = [c.subscription.campaign for c in decision.changes if isinstance(c, SetSubscription)]
        for name in dict.fromkeys(named):
            known, now = before.subscriptions.get(name), self.standing.subscriptions[name]
            was = known.state.value if known is not None else "none"
            if was != now.state.value:
                talk.states.append(f"{name} {was} -> {now.state.value}")

    def _note_timers(self, decision: Decision) -> None:
        for change in decision.changes:
            if isinstance(change, SetTimer) and change.key not in self._over:
                self._timers.setdefault(change.key, change)
            elif isinstance(change, CancelTimer):
                self._timers.pop(change.key, None)
                self._over.add(change.key)


def _price(value: Money) -> str:
    return f"{value.currency} {format_money(value)}"
