"""What can happen to a subscriber. Each event concerns one MSISDN, the one whose Standing is given with it.

The pipeline makes them: from a routed MO, a merchant's call, a timer, or a charge outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smsc.messages import ChargeState, Kind, Money
from smsc.sms.numbers import ShortCode
from smsc.sms.octets import Octets


@dataclass(frozen=True, slots=True)
class FromMo:
    """What every event made from an MO knows of it."""

    mo: int
    short_code: ShortCode
    text: str
    carrier: str
    network: str
    received_at: datetime
    may_answer: bool = True


@dataclass(frozen=True, slots=True)
class Keyword:
    """The keyword or an alias of a campaign (RT2, RT6)."""

    origin: FromMo
    campaign: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """A confirm word for the pending request of `campaign` (RT4, RT5). `fresh_id` may name a new registration."""

    origin: FromMo
    campaign: str
    fresh_id: int


@dataclass(frozen=True, slots=True)
class Decline:
    """A decline word for the pending request of `campaign`."""

    origin: FromMo
    campaign: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A bare confirm word with several requests pending: nothing changes, the exact answers are listed (RT5)."""

    origin: FromMo
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BareStart:
    """START alone on a code (RT4); the profile says what it means. `pending` are the requests open on the code."""

    origin: FromMo
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop word (OO1, OO2). `campaigns` empty and `everything` False is a bare STOP on `short_code`.

    `channel` is "sms", "api", "portal", "operator" or "deactivation" (OO7). `stop` names it for ever: MO or call id.
    """

    stop: int
    short_code: ShortCode
    text: str
    at: datetime
    campaigns: tuple[str, ...] = ()
    everything: bool = False
    channel: str = "sms"
    carrier: str = ""
    network: str = ""
    may_answer: bool = True


@dataclass(frozen=True, slots=True)
class Help:
    """A help word; `campaign` when one is named or only one is concerned (OO6)."""

    origin: FromMo
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class FreeText:
    """Text of an active subscriber that is no command: forwarded to the merchant of `campaign`."""

    origin: FromMo
    campaign: str


@dataclass(frozen=True, slots=True)
class Review:
    """A stop word inside longer text (RT3a, RT5b): for a person to decide, told to the merchant at once."""

    origin: FromMo
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing the code knows (RT7)."""

    origin: FromMo


class Command(StrEnum):
    """What a merchant's send is for (gateway: W, G, or plain content)."""

    WELCOME = "W"
    CONTENT = ""
    GOODBYE = "G"


@dataclass(frozen=True, slots=True)
class MerchantSend:
    """A merchant's call to send to the number, in terms of a registration (S2 table).

    `call` names the call for ever; `full_id` is the id as given, "<registration>|<callback_id>". `carrier` is
    what MT8 found from the call's network, "" when the call named none. `tariff_known` says whether that
    carrier has a tariff for the value (CH1).
    """

    call: int
    merchant: str
    registration: int | None
    command: Command
    text: str
    value: Money
    full_id: str
    carrier: str = ""
    network: str = ""
    tariff_known: bool = True
    octets: Octets | None = None
    """The body of a binary message, in place of `text`."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A merchant's text for a number that asked on a web page (S3): the welcome to hold, or the request itself.

    `call` names the call for ever; `mt` is the id that the text will have in the outbox. `evidence` holds sub_url,
    sub_ip and sub_key as the merchant gave them.
    """

    call: int
    merchant: str
    campaign: str
    text: str
    value: Money
    mt: int
    full_id: str = ""
    carrier: str = ""
    network: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The decision on a text under review (RT5b): a STOP, or not. `review` is the MO's id."""

    review: int
    short_code: ShortCode
    stop: bool
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class StoreOptIn:
    """A store's call for a number that was collected elsewhere (S1). `call` names it for ever."""

    call: int
    campaign: str
    carrier: str = ""
    network: str = ""
    name: str = ""
    """What the store calls the subscriber."""


@dataclass(frozen=True, slots=True)
class StoreSend:
    """A store's free text to a number that is opted in (S1); it waits `after_s` in the queue."""

    call: int
    campaign: str
    text: str
    carrier: str = ""
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Responder:
    """A responder keyword of a store, as the file writes it (S1)."""

    origin: FromMo
    campaign: str
    word: str


@dataclass(frozen=True, slots=True)
class Invite:
    """A merchant invites the number to a campaign (S4). `call` names the invitation for ever.

    `carrier` is what MT8 found, "" when the campaign supports no network of the number.
    """

    call: int
    merchant: str
    campaign: str
    carrier: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class BlockChange:
    """A block set or lifted by another way than a STOP. `channel` is "portal", "operator" or "api"."""

    call: int
    channel: str
    scope: str
    key: str
    lift: bool
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """A consent that was given elsewhere, with its evidence. `fresh_id` names the registration."""

    call: int
    campaign: str
    at: datetime
    fresh_id: int
    seen: str = ""
    answered: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


class TimerKind(StrEnum):
    """The waits a flow can have."""

    CONFIRM = "confirm"
    WELCOME = "welcome"
    GOODBYE = "goodbye"
    MENU = "menu"
    """The choice between several subscriptions after a bare STOP (OO2)."""
    REMINDER = "reminder"
    """The next time that a subscriber is told of what goes on (MT4)."""
    RENEWAL = "renewal"
    """The answer to whether it goes on (MT4)."""


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A wait is over. `registration` for welcome and goodbye; `stop` for goodbye and menu.

    `shown_at`: when the request of a confirm wait was delivered, None when that is not known. Only flows that
    take silence for consent look at it.
    """

    key: str
    kind: TimerKind
    campaign: str
    registration: int | None = None
    stop: int | None = None
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Charged:
    """The charge of one billed MT moved (CH2); a failed one frees its place in the period's count (MT4), one that was
    taken may have its receipt.

    `value` is what it costs or would have cost; of a failed one it is no longer spent.
    """

    mt: int
    registration: int
    sent_at: datetime
    state: ChargeState
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An MT of a registration got its final word; kept for flows that wait on delivery."""

    mt: int
    kind: Kind
    registration: int | None
    delivered: bool


Event = (
    Keyword
    | Confirm
    | Decline
    | Ambiguous
    | BareStart
    | Stop
    | Help
    | FreeText
    | Review
    | Unknown
    | MerchantSend
    | WebRequest
    | StoreOptIn
    | StoreSend
    | Responder
    | Reviewed
    | Invite
    | BlockChange
    | Imported
    | TimerDue
    | Charged
    | Sent
)
