"""Flows: state tables with a closed vocabulary.

A flow says which event moves a subscription where and which steps are taken. It has no expressions and no
conditions: a need for `if` becomes a new step here and in `steps.py`, with a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsc.messages import State

EVENTS = frozenset(
    {"keyword", "web", "ask", "enter", "invite", "confirm", "decline", "stop", "text", "welcome", "content"}
    | {"confirm_due", "unanswered", "welcome_due", "reminder", "renewed", "renewal_due", "used_up"}
)
"""What a state may answer to; `<wait>_due` is the end of a wait. `web` is a merchant's text for a number that asked on
a web page. `unanswered` is the end of the confirm wait when its request is known to have been delivered all that time.
`reminder`: so much was spent, so many messages came or so much time passed that the subscriber is told (`used_up`: and
the opt-in is over). A number that is asked whether it goes on has `renewed` it, or there is `renewal_due`.
"""

MO_EVENTS = frozenset({"keyword", "confirm"})
"""Events by which the subscriber's own handset consents."""

ENDED_EVENTS = frozenset({"goodbye", "goodbye_due"})
"""What an ended registration answers to, whatever its subscription does by then."""

WAITS = frozenset({"confirm", "welcome", "goodbye", "renewal"})

VOCABULARY: Mapping[str, frozenset[str]] = {
    "open_request": frozenset(),
    "hold_welcome": frozenset(),
    "release_welcome": frozenset(),
    "expire": frozenset({"welcome"}),
    "repeat_request": frozenset(),
    "open_registration": frozenset(),
    "end_registration": frozenset(),
    "ask_welcome": frozenset(),
    "ask_goodbye": frozenset(),
    "bind_code": frozenset(),
    "release_code": frozenset(),
    "enter": frozenset(),
    "send": frozenset({"request", "confirm", "goodbye"}),
    "reply": frozenset({"already_active", "not_subscribed"}),
    "pass_on": frozenset({"request", "welcome", "content", "goodbye"}),
    "bill_and_send": frozenset({"content"}),
    "notify": frozenset({"opening_mo", "confirm_mo", "subscribed", "stop", "text"}),
    "record_consent": frozenset({"asked", "given", "asserted", "renewed", "refused", "lapsed", "ended"}),
    "wait": frozenset({"confirm"}),
    "end_wait": WAITS,
    "set_block": frozenset({"code", "store", "invite"}),
    "lift_block": frozenset({"code", "store"}),
    "cancel": frozenset({"request", "messages"}),
    "alarm": frozenset({"welcome_missing"}),
    "remind": frozenset(),
}
"""Every step and the words it takes; a step with none stands alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done: a verb of VOCABULARY and its word ("" when it takes none)."""

    verb: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where an event takes a subscription and what is done on the way. `because` is a rule id, for people."""

    to: State | None
    """None in the `ended` table: the subscription stays where it is."""
    steps: tuple[Step, ...] = ()
    because: str = ""

    @property
    def must_answer(self) -> bool:
        """Whether the rule makes no sense when its request cannot be sent (limits, RT7)."""
        return any(step.verb in ("open_request", "repeat_request", "enter") for step in self.steps)

    def has(self, verb: str, word: str = "") -> bool:
        """Whether one of its steps is this one."""
        return Step(verb, word) in self.steps


@dataclass(frozen=True, slots=True)
class Flow:
    """A state table: `states[state][event]`, and `ended[event]` for registrations that STOP has ended."""

    name: str
    version: int
    start: State
    states: Mapping[State, Mapping[str, Rule]]
    ended: Mapping[str, Rule]
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Elements that each kind of text shows at least, whatever a profile says (OI3)."""

    @property
    def merchant_asks(self) -> bool:
        """Whether the request is the merchant's own text."""
        rules = [rule for table in self.states.values() for rule in table.values()]
        return any(rule.has("pass_on", "request") for rule in rules)

    @property
    def binds(self) -> bool:
        """Whether it talks on communication codes that it binds (S1)."""
        return any(rule.has("bind_code") for table in self.states.values() for rule in table.values())

    def rule(self, state: State, event: str) -> Rule | None:
        """The rule for `event` in `state`; None when the flow has none."""
        return self.states.get(state, {}).get(event)
