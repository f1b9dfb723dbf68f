"""The words the rooms share: what was texted, what is to be sent, what became of it.

Values only: frozen, slotted, no I/O. Times are aware datetimes in UTC. Ids are 63-bit integers made at the edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smsc.sms.numbers import Msisdn, ShortCode
from smsc.sms.octets import Octets


class Kind(StrEnum):
    """What an MT is for (MT1). Only CONTENT may carry a value above zero."""

    REQUEST = "request"
    CONFIRM = "confirm"
    WELCOME = "welcome"
    CONTENT = "content"
    GOODBYE = "goodbye"
    HELP = "help"
    INFO = "info"
    OTP = "otp"


class MtState(StrEnum):
    """Where an MT stands (MT6a)."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"


class Verdict(StrEnum):
    """What a submit_sm_resp, or its absence, means (MT6a)."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    THROTTLE = "throttle"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"


class ChargeState(StrEnum):
    """What became of the money of one billed MT (CH2)."""

    PENDING = "pending"
    CHARGED = "charged"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ReceiptState(StrEnum):
    """The carrier's word on an MT (SMPP v3.4 §5.2.28, appendix B)."""

    ENROUTE = "enroute"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNDELIVERABLE = "undeliverable"
    UNKNOWN = "unknown"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        """Whether nothing more is to be expected; interim states never overwrite a final one (RP3)."""
        return self not in (ReceiptState.ENROUTE, ReceiptState.ACCEPTED)


class State(StrEnum):
    """State of a subscription, everywhere by these names."""

    NONE = "none"
    PENDING = "pending"
    ACTIVE = "active"
    OPTED_OUT = "opted_out"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in the minor unit of an ISO 4217 currency: Money(300, "CHF") is 3.00 CHF (CH2: never floats)."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Part:
    """Place of a short message in a concatenated one (3GPP TS 23.040 §9.2.3.24.1); number counts from 1."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Mo:
    """A message from a handset, or one part of it, as its carrier handed it over.

    `source` is digits only for an MSISDN; an alphanumeric or short-code sender stands as it came and has
    `may_answer` False (RT7). `raw` is short_message or message_payload with its UDH, untouched.
    """

    id: int
    carrier: str
    bind: str
    source: Msisdn
    short_code: ShortCode
    text: str
    received_at: datetime
    raw: bytes = b""
    esm_class: int = 0
    data_coding: int = 0
    carrier_mo_id: str = ""
    network: str = ""
    may_answer: bool = True
    part: Part | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mt:
    """A message to a handset, as the outbox holds it and `carrier.write` needs it."""

    id: int
    kind: Kind
    msisdn: Msisdn
    short_code: ShortCode
    carrier: str
    text: str
    reference: int
    """user_message_reference, 0..65535; the same on every attempt (D3)."""
    attempt: int = 1
    value: Money | None = None
    """None or zero is free."""
    registration: int | None = None
    merchant: str = ""
    campaign: str = ""
    validity_s: int | None = None
    octets: Octets | None = None
    """The body of a binary message; `text` is empty then."""

    @property
    def billed(self) -> bool:
        """Whether its delivery takes money from the subscriber."""
        return self.value is not None and self.value.minor > 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery receipt, read from text or TLVs (RP3)."""

    carrier: str
    bind: str
    message_id: str
    """As the carrier wrote it, before `carrier` normalises it."""
    state: ReceiptState
    received_at: datetime
    msisdn: Msisdn
    short_code: ShortCode
    error: str = ""
    """The carrier's own code, e.g. "000"."""
    done_at: datetime | None = None
    reference: int | None = None
    """user_message_reference where the carrier echoes it (CH3)."""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """What became of one submit_sm of an MT: its response, or the loss of it."""

    mt: int
    attempt: int
    verdict: Verdict
    at: datetime
    bind: str = ""
    status: int = 0
    """command_status; 0 with IN_DOUBT means no response came."""
    message_id: str = ""
    part: int = 1
    parts: int = 1
    written: bool = True
    """False: no byte of it reached a socket, so it may go again whatever it costs."""


class Period(StrEnum):
    """Billing period a frequency counts in; it starts at the opt-in and repeats (MT4)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Frequency:
    """At most `messages` billed messages in each `per`."""

    messages: int
    per: Period


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    """Where and how a merchant wants to be told (RP1, RP2)."""

    url: str
    format: str = "messagecloud"
    interim: bool = False
    """Also report ACKNOWLEDGED when the carrier takes a message."""
    timeout_s: float = 10.0
    secret: str = field(default="", repr=False)
    previous_secret: str = field(default="", repr=False)
    """Signs beside `secret` while the merchant changes over."""
    expect: str = ""
    """What the answer's body must be ("OK", "ACK/Jasmin"); "any": any 2xx will do; "": as the format says."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenant: API keys, callback, campaigns."""

    id: str
    name: str
    hotline: str = ""
    callback: CallbackTarget | None = None
    account: str = ""
    """The merchant it is a sub-account of, whose keys open its stores too (S1)."""


@dataclass(frozen=True, slots=True)
class Code:
    """A short code as keywords.yaml describes it."""

    number: ShortCode
    country: str
    role: str = "premium"
    carriers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    stop_scope: str = "all"
    unknown_reply: str = ""
    help_reply: str = ""
    portal: str = ""
    """Where subscribers of this code look after their opt-ins (S4)."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A keyword service of one merchant on one code. `id` is "<short code>/<KEYWORD>"."""

    id: str
    keyword: str
    short_code: ShortCode
    merchant: str
    profile: str
    language: str
    aliases: tuple[str, ...] = ()
    price: Money | None = None
    frequency: Frequency | None = None
    adult: bool = False
    gprs: bool = False
    validity_s: int | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    """Overrides of the profile's texts, by kind ("request", "goodbye", ...)."""
    deadlines: Mapping[str, float] = field(default_factory=dict)
    """Overrides of the profile's waits in seconds, by name ("confirm", "goodbye", ...)."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further keys of keywords.yaml that a profile asks for (pool, sub_key, published, ...)."""


class NoticeKind(StrEnum):
    """What a merchant is told (RP1)."""

    MO = "mo"
    STOP = "stop"
    REPORT = "report"
    SUBSCRIBED = "subscribed"
    REVIEW = "review"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing a merchant is told, before its format is chosen (RP2). Becomes a callback row.

    `key` is unique for ever: the same cause never makes a second callback.
    """

    key: str
    kind: NoticeKind
    merchant: str
    msisdn: Msisdn
    short_code: ShortCode
    at: datetime
    id: str = ""
    """What the merchant de-duplicates by: the MO id, or the full id given at sending."""
    message_id: str = ""
    text: str = ""
    keyword: str = ""
    network: str = ""
    country: str = ""
    report: str = ""
    reason_id: str = ""
    registration: str = ""
    goodbye_by: datetime | None = None
    urgent: bool = False
    """A STOP notice: never held behind other callbacks (RP1a)."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What only some formats tell (S1: customer_id, customer_name, opt_in_status, store_name)."""
