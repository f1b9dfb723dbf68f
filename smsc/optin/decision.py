"""What the engine answers: changes of the standing, effects to carry out, and the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smsc.messages import Kind, Money, Notice
from smsc.optin.events import TimerKind
from smsc.optin.standing import Binding, Block, Count, Registration, Subscription
from smsc.sms.numbers import ShortCode
from smsc.sms.octets import Octets


class Reason(StrEnum):
    """Why; kept with the event, told by the APIs in their own words."""

    DONE = "done"
    NO_RULE = "no_rule"
    NO_REGISTRATION = "no_registration"
    """Pending, stranger, or an id that is not this number's: gateway IR-104."""
    NOT_WELCOMED = "not_welcomed"
    """Billed before W: E-103."""
    PRICE_NOT_AGREED = "price_not_agreed"
    """Dearer than agreed, other currency, or no tariff: IR-412."""
    COUNT_REACHED = "count_reached"
    """Beyond the agreed count per period: E-102."""
    OPTED_OUT = "opted_out"
    """Content or W after STOP: BARRED."""
    ALREADY_DONE = "already_done"
    """W twice, G late, a second G: IR-101."""
    STILL_ACTIVE = "still_active"
    """G while active: E-103."""
    CAP_REACHED = "cap_reached"
    """Beyond what the profile lets one opt-in cost in a minute, a month or altogether: E-102 (MT4)."""
    NOT_RENEWED = "not_renewed"
    """Content while the number is asked whether it goes on: E-102 (MT4)."""
    EVIDENCE_MISSING = "evidence_missing"
    """A web opt-in without the page, address or key its profile asks for: E-103 (S3)."""
    BILLED_CONTROL = "billed_control"
    """A value above zero on W or G: E-103 (MT1)."""
    BINARY_CONTROL = "binary_control"
    """Octets for a welcome, a goodbye or a request, which subscribers read: E-103."""
    LIMITED = "limited"
    """A reply held back by its limit (RT7, OI2, OO2a) or the loop guard."""
    POOL_EMPTY = "pool_empty"
    """No communication code of the store is free for this number (S1)."""
    NOT_OPTED_IN = "not_opted_in"
    """The store may not text this number: it never opted in, or has yet to answer (S1)."""
    UNPUBLISHED = "unpublished"
    """The campaign is not published and the number no test phone (S4)."""
    UNSUPPORTED_NETWORK = "unsupported_network"
    """No carrier of the campaign's code serves the number (S4, MT8)."""
    BLOCKED = "blocked"
    """The number has said that it wants nothing of this kind (block table)."""
    REPEATED = "repeated"
    """The event had already had its effect."""


@dataclass(frozen=True, slots=True)
class SetSubscription:
    subscription: Subscription


@dataclass(frozen=True, slots=True)
class SetRegistration:
    registration: Registration


@dataclass(frozen=True, slots=True)
class SetBlock:
    block: Block


@dataclass(frozen=True, slots=True)
class LiftBlock:
    scope: str
    key: str


@dataclass(frozen=True, slots=True)
class SetCount:
    key: str
    count: Count


@dataclass(frozen=True, slots=True)
class SetBinding:
    binding: Binding


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Wake this number at `due`. `key` is unique for ever; a fired or cancelled key never fires again."""

    key: str
    kind: TimerKind
    due: datetime
    campaign: str
    registration: int | None = None
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class CancelTimer:
    key: str


Change = (
    SetSubscription | SetRegistration | SetBinding | SetBlock | LiftBlock | SetCount | SetTimer | CancelTimer
)


@dataclass(frozen=True, slots=True)
class Send:
    """One free MT. `answers_mo`: the subscriber's own MO asked for it, so it goes down that MO's carrier at once.

    `goodbye_of` is (registration or request id, stop id): the store keeps it unique (OO4).
    """

    kind: Kind
    short_code: ShortCode
    text: str
    campaign: str = ""
    merchant: str = ""
    registration: int | None = None
    carrier: str = ""
    answers_mo: int | None = None
    held: bool = False
    call: int | None = None
    full_id: str = ""
    goodbye_of: tuple[int, int] | None = None
    validity_s: int | None = None
    after_s: float = 0.0
    """How long it waits in the queue: what paces a campaign (S1)."""
    mt: int | None = None
    """The id it is to have, where the standing must name it (S3); made at sending otherwise."""
    octets: Octets | None = None
    """The body of a binary message, in place of `text`."""


@dataclass(frozen=True, slots=True)
class BillAndSend:
    """One content MT that takes `value` from the subscriber, within a registration and nowhere else."""

    send: Send
    value: Money


@dataclass(frozen=True, slots=True)
class Notify:
    notice: Notice


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """One line of the consent ledger: what changed, by what, and the exact texts seen and sent (OI)."""

    campaign: str
    state: str
    by: str
    """ "mo", "api", "timer", "portal", "operator", "deactivation"."""
    ref: int | None
    """MO or call id."""
    seen: str = ""
    answered: str = ""
    profile: str = ""
    version: int = 0
    registration: int | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Withdraw queued and held MTs of a registration (or, without one, of the campaign's open request), or the one
    held MT that another takes the place of (S3)."""

    campaign: str
    registration: int | None = None
    held: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Let a held MT go, as part of the registration that its confirm word opened (S3)."""

    mt: int
    registration: int | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """Give up a held MT whose wait is over; its merchant is told VALIDITY_EXPIRED (S3)."""

    mt: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the queued content of a registration back until `Resume` (OO2 menu, RT3a)."""

    campaign: str
    registration: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the held content of a registration go."""

    campaign: str
    registration: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something an operator should see ("welcome_missing")."""

    kind: str
    text: str
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing was sent though something could have been; the reason says why."""

    reason: Reason


Effect = (
    Send | BillAndSend | Notify | RecordConsent | Cancel | Release | Expire | Hold | Resume | Alarm | Ignored
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one event does. A refused call has no changes and no effects but its reason."""

    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = ()
    because: Reason = Reason.NO_RULE
    """Kept with the event: what `smsc explain` tells."""
    rule: str = ""
    """The rule id that decided ("OO2a", "MT4"), for people."""
