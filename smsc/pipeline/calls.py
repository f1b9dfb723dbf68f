"""A merchant's call to send, as it enters the line, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsc.messages import Money
from smsc.optin.decision import Reason
from smsc.optin.events import Command
from smsc.sms.numbers import Msisdn
from smsc.sms.octets import Octets


class Busy(Exception):
    """The queue of calls is full, or the node is draining: come again after `retry_after_s`."""

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def _plain(reason: Reason, detail: str) -> str:
    return reason.value


@dataclass(frozen=True, slots=True)
class Door:
    """The way a call came, and the code by which that door tells of a refusal (reason, detail)."""

    name: str = ""
    code: Callable[[Reason, str], str] = _plain


NO_DOOR = Door()


@dataclass(frozen=True, slots=True)
class DlrAsk:
    """What the client of a drop-in door wants to hear of its message, and where (see DlrRow)."""

    style: str
    url: str
    method: str = "POST"
    mask: int = 0
    level: int = 3


@dataclass(frozen=True, slots=True)
class MerchantCall:
    """One call of a merchant to send an MT within a registration.

    `full_id` is the id as given, "<registration>|<callback_id>"; `registration` its first half where that is a
    number. `guarded` is False when the callback id is empty: then no repeat is recognised (S2). `digest` covers
    everything that makes it the same call.
    """

    merchant: str
    msisdn: Msisdn
    command: Command
    text: str
    value: Money
    full_id: str
    registration: int | None
    network: str
    digest: bytes
    guarded: bool = True
    name: str = ""
    """The first half of the id where it is no number: a service's name, for profiles whose ids begin with it."""
    sender: str | None = None
    """Where the registration is to be found by number: short code, keyword or campaign; "" for any (drop-in doors)."""
    dlr: DlrAsk | None = None
    web: Mapping[str, str] | None = None
    """sub_url, sub_ip and sub_key of a call that opens a web opt-in (S3)."""
    key: str = ""
    """An idempotency key: what makes two calls one in place of `full_id` and the number."""
    door: Door = NO_DOOR
    octets: Octets | None = None
    """The body of a binary message, in place of `text`."""
    answers: int | None = None
    """The MO that this answers (the gateway's reply=1). Without a callback id it is answered once (IR-101)."""
    confirms_stop: bool = False
    """A free confirmation of a STOP (the gateway's smscat=991): a goodbye once the registration has ended."""

    @property
    def answers_once(self) -> bool:
        """Whether this is the one answer that its MO gets: no callback id tells it from another (IR-101)."""
        return self.answers is not None and not self.full_id.partition("|")[2].strip()


class StoreAction(StrEnum):
    """What a store asks for (S1)."""

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class StoreCall:
    """One call of a store about one number (S1). A text waits `after_s` in the queue: what paces a campaign."""

    campaign: str
    msisdn: Msisdn
    action: StoreAction
    text: str = ""
    name: str = ""
    after_s: float = 0.0
    merchant: str = ""
    method: str = ""
    """What the caller asked for, in its own word."""
    door: Door = NO_DOOR


@dataclass(frozen=True, slots=True)
class Answer:
    """What the call came to. `reason` DONE means that an MT is stored; `detail` says more about a refusal."""

    reason: Reason
    mt: int | None = None
    replayed: bool = False
    detail: str = ""
    refusal: int | None = None
    """Under which id the refusal is kept, for `explain`."""


NETWORK_UNKNOWN = "network_unknown"
"""Answer.detail: no carrier of the short code serves the network or the number (MT8)."""

OTHER_BODY = "other_body"
"""Answer.detail: the same id was used before with another body (S2)."""

ANSWERED = "answered"
"""Answer.detail: the MO was answered before, and no callback id says that this is another answer."""

OTHER_NETWORK = "other_network"
"""Answer.detail: an MO that came from another network than the call says."""

DUPLICATE = "duplicate"
"""Answer.detail: the same text went to the number within 12 hours (S1)."""

UNKNOWN_SERVICE = "unknown_service"
"""Answer.detail: sub_key names no campaign of the merchant (S3)."""

SEVERAL = "several"
"""Answer.detail: the number is active in several campaigns of the merchant there; which follows after a colon."""

TOO_LONG = "too_long"
"""Answer.detail: a billed text that needs several parts where each part would be billed (MT5)."""
