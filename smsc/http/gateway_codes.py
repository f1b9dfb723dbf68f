"""What `/gateway` answers: SUCCESS, or a code of the gateway API with a word on why. Always HTTP 200.

The code stands first, so that clients that compare the body and clients that search it both find it.
"""

from __future__ import annotations

from enum import StrEnum

from smsc.optin.decision import Reason
from smsc.pipeline.calls import (
    ANSWERED,
    NETWORK_UNKNOWN,
    OTHER_BODY,
    OTHER_NETWORK,
    TOO_LONG,
    UNKNOWN_SERVICE,
    Answer,
    Door,
)

SUCCESS = "SUCCESS"
INTERNAL = "internal"
"""Answer.detail: the decision failed on our side."""


class Code(StrEnum):
    """The gateway API's error codes that this server uses."""

    BARRED = "BARRED"
    DUPLICATE = "IR-101"
    NO_UDH = "IR-102"
    WRONG_KEY = "IR-103"
    NO_REGISTRATION = "IR-104"
    BAD_REPLY = "IR-401"
    BAD_ID = "IR-403"
    NO_NUMBER = "IR-404"
    BAD_NUMBER = "IR-405"
    BAD_VALUE = "IR-410"
    NO_TARIFF = "IR-412"
    NEGATIVE_VALUE = "IR-413"
    BAD_CC = "IR-414"
    UNKNOWN_CC = "IR-415"
    NO_MESSAGE = "IR-416"
    LONG_MESSAGE = "IR-417"
    FREE_NETWORK = "IR-419"
    UNKNOWN_NETWORK = "IR-420"
    GENERIC = "E-100"
    TARIFF_ERROR = "E-102"
    BAD_DATA = "E-103"


class GatewayError(Exception):
    """A call that is refused before it reaches the line."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(f"{code} {why}")
        self.code = code
        self.why = why

    @property
    def body(self) -> str:
        """The answer's text."""
        return str(self)


_REASONS: dict[Reason, tuple[Code, str]] = {
    Reason.NO_REGISTRATION: (Code.NO_REGISTRATION, "no registration of this number has this id"),
    Reason.NOT_WELCOMED: (Code.BAD_DATA, "send the welcome (command=W) before billed content"),
    Reason.PRICE_NOT_AGREED: (Code.NO_TARIFF, "the subscriber agreed to no such price, or it has no tariff"),
    Reason.COUNT_REACHED: (Code.TARIFF_ERROR, "the agreed number of messages of this period is reached"),
    Reason.POOL_EMPTY: (Code.GENERIC, "no code of the pool is free"),
    Reason.NOT_OPTED_IN: (Code.NO_REGISTRATION, "the number is not opted in"),
    Reason.CAP_REACHED: (Code.TARIFF_ERROR, "the subscriber's spending cap is reached"),
    Reason.NOT_RENEWED: (Code.TARIFF_ERROR, "the subscriber has yet to say that it goes on"),
    Reason.EVIDENCE_MISSING: (
        Code.BAD_DATA,
        "a web opt-in needs sub_url, sub_ip and sub_key as its country asks",
    ),
    Reason.OPTED_OUT: (Code.BARRED, "the subscriber has sent STOP"),
    Reason.ALREADY_DONE: (Code.DUPLICATE, "already done, or too late"),
    Reason.STILL_ACTIVE: (Code.BAD_DATA, "no goodbye (command=G) while the subscription is active"),
    Reason.BILLED_CONTROL: (Code.BAD_DATA, "welcome and goodbye are free: value 0.00"),
    Reason.BINARY_CONTROL: (Code.BAD_DATA, "welcome, goodbye and request are texts: no binary"),
    Reason.REPEATED: (Code.DUPLICATE, "already done"),
    Reason.LIMITED: (Code.TARIFF_ERROR, "a limit of this number is reached; try again later"),
    Reason.NO_RULE: (Code.BAD_DATA, "the campaign has no use for this call"),
}

_DETAILS: dict[str, tuple[Code, str]] = {
    NETWORK_UNKNOWN: (Code.UNKNOWN_NETWORK, "no carrier of the short code serves this network or number"),
    OTHER_BODY: (Code.DUPLICATE, "this id was used before with another message"),
    ANSWERED: (
        Code.DUPLICATE,
        "this MO was answered before; add a bar and an id of your own to answer again",
    ),
    OTHER_NETWORK: (Code.NO_REGISTRATION, "the MO came from another network"),
    INTERNAL: (Code.GENERIC, "an error on our side; it is logged"),
    UNKNOWN_SERVICE: (Code.BAD_DATA, "sub_key names no campaign of this account"),
    TOO_LONG: (Code.LONG_MESSAGE, "a billed message is one short message"),
}


def body_of(answer: Answer) -> str:
    """The text that answers a call which went down the line (S2 table)."""
    if answer.reason is Reason.DONE:
        return SUCCESS
    usual = (Code.BAD_DATA, answer.reason.value.replace("_", " "))
    code, why = _DETAILS.get(answer.detail) or _REASONS.get(answer.reason, usual)
    return f"{code} {why}"


def word_of(body: str) -> str:
    """The code alone, for counting."""
    return body.split(" ", 1)[0]


DOOR = Door("gateway", lambda reason, detail: word_of(body_of(Answer(reason, detail=detail))))

FAULT_RULES: dict[Code, str] = {
    Code.LONG_MESSAGE: "MT5",
    Code.NO_TARIFF: "CH1",
    Code.FREE_NETWORK: "MT8",
    Code.UNKNOWN_NETWORK: "MT8",
}
"""The rule behind a fault of the call itself; for all others MT2."""
