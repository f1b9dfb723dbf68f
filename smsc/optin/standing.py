"""All that is known of one MSISDN: the value the engine decides upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from smsc.messages import Money, Period, State
from smsc.sms.numbers import Msisdn, ShortCode


@dataclass(frozen=True, slots=True)
class Subscription:
    """The state of (MSISDN, generation, campaign) and the opt-in that is open or current in it."""

    campaign: str
    state: State
    profile: str
    version: int
    """Of the profile: a subscription keeps the version it was given (OO8)."""
    since: datetime
    carrier: str = ""
    network: str = ""
    opening_mo: int | None = None
    """What opened the request: the keyword MO, whose id will name the registration (S2), or a merchant's call (S3)."""
    opening_text: str = ""
    """That MO as it arrived, to be forwarded untouched once confirmed (S2); or the merchant's own request text."""
    registration: int | None = None
    """The current one while active, the last one afterwards."""
    request_sent_at: datetime | None = None
    expires_at: datetime | None = None
    held_mt: int | None = None
    """A welcome held until the confirm word (S3)."""
    wording_digest: str = ""
    """Digest of the request text as shown, kept as evidence."""
    holds: tuple[str, ...] = ()
    """What its content waits for: "menu:<stop>" (OO2), "review:<mo>" (RT3a). Content goes when none is left."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One opt-in of a subscription, from its confirm word to its STOP; named by a decimal id."""

    id: int
    campaign: str
    merchant: str
    short_code: ShortCode
    opened_at: datetime
    price: Money | None
    """What the subscriber confirmed (MT4)."""
    count_max: int | None
    per: Period | None
    network: str = ""
    welcomed_at: datetime | None = None
    period_start: datetime | None = None
    billed_in_period: int = 0
    ended_at: datetime | None = None
    stop: int | None = None
    """Id of the MO or call that ended it."""
    goodbye_by: datetime | None = None
    goodbye_at: datetime | None = None
    """When the one goodbye record was made (OO4)."""
    spent: int = 0
    """Ordered so far and not failed, in the minor unit of its price (MT4)."""
    minute_start: datetime | None = None
    spent_in_minute: int = 0
    """Ordered in the minute that began at `minute_start`."""
    charged: int = 0
    """Charged so far, as receipts told; in the minor unit of its price."""
    billed: int = 0
    """Billed messages ordered so far and not failed."""
    reminded: int = 0
    """What was spent, or how many had come, when the subscriber was told last: a multiple of the reminder's value."""
    reminders: int = 0
    """How often the subscriber was told."""
    renew_by: datetime | None = None
    """Until when the number may say that it goes on; nothing more is sent before it does."""


@dataclass(frozen=True, slots=True)
class Block:
    """ "Send this number nothing of this kind again." Scope: "code", "store" or "invite" (block table)."""

    scope: str
    key: str
    """The short code, the store's id, or "" for invite."""
    since: datetime
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """The communication code that a store talks to the number on, from its opt-in or request to its end (S1)."""

    campaign: str
    short_code: ShortCode
    since: datetime
    released_at: datetime | None = None
    """When the store gave it back; it stays the store's memory of the number."""
    name: str = ""
    """What the store calls the subscriber."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often a limited thing happened since `since` (RT7, OI2, OO2a)."""

    since: datetime
    n: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One MSISDN. `registrations` holds those of live subscriptions, those whose goodbye is open, and those an
    event of the batch names; an id that is in none of the number's registrations is simply absent."""

    msisdn: Msisdn
    generation: int = 1
    last_carrier: str = ""
    last_network: str = ""
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)
    registrations: Mapping[int, Registration] = field(default_factory=dict)
    blocks: frozenset[Block] = frozenset()
    counts: Mapping[str, Count] = field(default_factory=dict)
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    """By store (campaign id): the code it has, or the last one it had (S1)."""
