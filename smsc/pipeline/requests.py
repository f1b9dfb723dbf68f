"""What comes to the line from people and programs that send no MT: invitations, opt-outs, blocks, imports, decisions.

Each enters by the one door as an item, is decided with the standing of its number and answered after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from smsc.optin.decision import Reason
from smsc.pipeline.calls import NO_DOOR, Door
from smsc.sms.numbers import Msisdn


@dataclass(frozen=True, slots=True)
class InviteAsk:
    """A merchant invites a number (S4). `campaign` is an id; `callback` summary, extended or none."""

    merchant: str
    campaign: str
    network: str = ""
    callback: str = "summary"
    confirm: bool = False
    door: Door = NO_DOOR


@dataclass(frozen=True, slots=True)
class StopAsk:
    """An opt-out by another channel than SMS (OO7). No campaigns: everything the number has.

    `merchant`: only campaigns of this one, "" for any.
    """

    channel: str
    campaigns: tuple[str, ...] = ()
    merchant: str = ""
    text: str = ""
    door: Door = NO_DOOR


@dataclass(frozen=True, slots=True)
class BlockAsk:
    """Set or lift a block."""

    channel: str
    scope: str
    key: str
    lift: bool
    evidence: Mapping[str, str] = field(default_factory=dict)
    merchant: str = ""
    """Who asks, where it is no operator: only what is a merchant's own may be set and lifted."""


@dataclass(frozen=True, slots=True)
class ImportAsk:
    """A consent given elsewhere, with its evidence."""

    campaign: str
    at: datetime
    seen: str = ""
    answered: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeactivateAsk:
    """The carrier has taken the number back: everything ends silently, the next owner is a new person (OO7)."""

    carrier: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class CodeAsk:
    """Send the number a one-time code (SP1). Made by the caller, so that nothing random happens in the line."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EraseAsk:
    """Erase the texts kept of the number (D6)."""

    by: str


@dataclass(frozen=True, slots=True)
class ReviewAsk:
    """The decision on a text under review (RT5b)."""

    mo: int
    stop: bool
    by: str


@dataclass(frozen=True, slots=True)
class RefusalAsk:
    """A merchant's call that its door refused before the line could decide it: to be kept and given an id.

    Its number is empty where none could be read.
    """

    merchant: str
    door: str
    command: str
    code: str
    rule: str
    detail: str
    """Why, in words; nothing of what was sent."""
    campaign: str = ""
    full_id: str = ""


Ask = InviteAsk | StopAsk | BlockAsk | ImportAsk | DeactivateAsk | CodeAsk | EraseAsk | ReviewAsk | RefusalAsk


@dataclass(frozen=True, slots=True)
class Once:
    """The caller's idempotency key, and the digest of all that makes it the same request."""

    merchant: str
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of it. DONE: stored. `id` names what was made; `state` says where it stands; `detail` says more."""

    reason: Reason
    id: int | None = None
    state: str = ""
    detail: str = ""
    replayed: bool = False
    """The first reply again, for an idempotency key that came before."""
    refusal: int | None = None
    """Under which id a merchant's refusal is kept, for `explain`."""


@dataclass(frozen=True, slots=True)
class RequestItem:
    """One request at the door; its answer waits for `done`."""

    msisdn: Msisdn
    ask: Ask
    done: asyncio.Future[Reply]
    once: Once | None = None
