"""What waits at the one door of the line: each item is taken into a batch, decided and committed with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from smsc.carrier import Form
from smsc.messages import Mo, Receipt, SubmitResult
from smsc.pipeline.calls import Answer, MerchantCall, StoreCall
from smsc.pipeline.requests import RequestItem
from smsc.sms.numbers import Msisdn


class Respond:
    """The way back to the carrier for one request: answered exactly once, after the commit (D1)."""

    __slots__ = ("_respond", "received_s", "response_s", "try_again")

    def __init__(
        self, respond: Callable[[int], bool], *, received_s: float, response_s: float, try_again: int
    ) -> None:
        self._respond = respond
        self.received_s = received_s
        self.response_s = response_s
        self.try_again = try_again

    def taken(self) -> bool:
        """Status 0: the message is ours. Whether the carrier surely hears it (D1a)."""
        return self._respond(0)

    def refuse(self) -> None:
        """The carrier's try-again status: the message is still theirs (D4)."""
        self._respond(self.try_again)


@dataclass(frozen=True, slots=True)
class MoItem:
    """An MO that waits to be stored; `session` names the SMPP session it came over."""

    mo: Mo
    fingerprint: bytes
    session: str
    respond: Respond


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """A delivery receipt; `message_id` normalised for matching.

    candidates: every key its MT may have, with the form of ids that key means.
    mt, part: set where the receipt is an answer to a question about that part of that very MT.
    """

    receipt: Receipt
    message_id: str
    respond: Respond
    candidates: tuple[tuple[Form, str], ...] = ()
    mt: int | None = None
    part: int = 1


@dataclass(frozen=True, slots=True)
class ResultItem:
    """The end of one submit_sm; nobody would send it again, so it is kept until stored.

    `plain`: the only part of a free MT that no merchant sent was accepted; its row need not be read to say so.
    """

    result: SubmitResult
    carrier: str
    message_id: str
    plain: bool = False


@dataclass(frozen=True, slots=True)
class CallItem:
    """A merchant's call; the HTTP answer waits for `done`."""

    call: MerchantCall | StoreCall
    done: asyncio.Future[Answer]


@dataclass(frozen=True, slots=True)
class Tick:
    """Something is due: timers, overdue MTs, parts that wait too long."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """Rows of a dead node are in doubt now: the receipts that came before it died may settle them (CH3)."""


@dataclass(frozen=True, slots=True)
class Woken:
    """The carrier says that this handset can be reached again."""

    carrier: str
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class Probe:
    """The store failed: nothing but the question whether it can be written again (D4)."""


@dataclass(frozen=True, slots=True)
class Pull:
    """There is window to fill: claim queued MTs."""


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """An SMPP session is bound; should this node die, its MOs' answers may not have arrived (D1a)."""

    session: str
    bind: str
    carrier: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """An SMPP session ended. Unless it was `orderly`, answers written near its end may not have arrived (D1a)."""

    session: str
    orderly: bool = False


@dataclass(frozen=True, slots=True)
class AnsweredLate:
    """This MO was answered after the carrier's response timer (D1a)."""

    mo: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """An MT born or claimed as sending that never reached a socket (OO3): cancelled, or back to the queue."""

    mt: int
    attempt: int
    pieces: int
    """Short messages it would have taken."""
    cancel: bool


Item = (
    MoItem
    | RequestItem
    | ReceiptItem
    | ResultItem
    | CallItem
    | Tick
    | Recovered
    | Woken
    | Probe
    | Pull
    | SessionOpened
    | SessionClosed
    | AnsweredLate
    | Dropped
)
