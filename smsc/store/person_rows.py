"""Rows about persons, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from smsc.sms.numbers import Msisdn, ShortCode


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A text that may be a stop (RT5b). `state`: open, stopped, dismissed."""

    mo: int
    msisdn: Msisdn
    short_code: ShortCode
    campaigns: tuple[str, ...]
    text: str
    at: datetime
    state: str = "open"
    decided_by: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """One invitation (S4). `state` is the subscription's while it is open, then what became of it."""

    id: int
    merchant: str
    campaign: str
    msisdn: Msisdn
    state: str
    at: datetime
    done_at: datetime | None = None
    callback: str = "summary"
    """summary, extended or none."""
    confirm: bool = False
    """Whether Y is answered with a confirming MT (sendUserConfirmation)."""
    registration: int | None = None


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A merchant's call that was refused; the same again within a minute counts up `times`."""

    id: int
    at: datetime
    last_at: datetime
    until: datetime
    """When it is dropped."""
    merchant: str
    door: str
    """gateway, kannel, jasmin, crmtext, v1."""
    command: str
    msisdn: Msisdn
    """Empty where the call had none that could be read."""
    code: str
    """As the door answered."""
    reason: str
    rule: str
    detail: str
    """Why, in words; no text of a person."""
    record: Mapping[str, str]
    """What decided: `record` names its kind, the others are what it said then."""
    campaign: str = ""
    registration: int | None = None
    full_id: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of the portal: it has no password (SP1). `by`: "mo" (a Y) or "portal" (a first log-in)."""

    msisdn: Msisdn
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A one-time code that was sent; a new one takes the place of the one before."""

    msisdn: Msisdn
    code: str = field(repr=False)
    expires_at: datetime
