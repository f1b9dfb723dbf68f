"""Rows about persons, as values."""

from __future__ import annotations

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
