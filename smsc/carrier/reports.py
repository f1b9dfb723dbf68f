"""The words of a merchant's delivery report (RP2), from a receipt or from a refused submit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smsc.messages import ReceiptState
from smsc.smpp.codes import CommandStatus

_NO_WORDS: Mapping[str, str] = MappingProxyType({})
ACKNOWLEDGED = "ACKNOWLEDGED"
UNKNOWN = "UNKNOWN"

_BY_STATE = {
    ReceiptState.ENROUTE: ACKNOWLEDGED,
    ReceiptState.ACCEPTED: ACKNOWLEDGED,
    ReceiptState.DELIVERED: "DELIVERED",
    ReceiptState.EXPIRED: "VALIDITY_EXPIRED",
    ReceiptState.DELETED: "FAILED",
    ReceiptState.UNDELIVERABLE: "FAILED",
    ReceiptState.UNKNOWN: UNKNOWN,
    ReceiptState.REJECTED: "REJECTED",
}
_OPERATOR_ERRORS = frozenset(
    {
        CommandStatus.ESME_RSYSERR,
        CommandStatus.ESME_RMSGQFUL,
        CommandStatus.ESME_RTHROTTLED,
        CommandStatus.ESME_RSUBMITFAIL,
        CommandStatus.ESME_RX_T_APPN,
        CommandStatus.ESME_RDELIVERYFAILURE,
        CommandStatus.ESME_RUNKNOWNERR,
        CommandStatus.ESME_RINVBNDSTS,
        CommandStatus.ESME_RALYBND,
        CommandStatus.ESME_RBINDFAIL,
    }
)


def report_status(state: ReceiptState, error: str = "", *, words: Mapping[str, str] = _NO_WORDS) -> str:
    """The report of a receipt; only DELIVERED says that a billed message was charged.

    Args:  error: the carrier's own code.  words: the profile's `report_words`: a failure's code to
           a word of its own (NO_CREDIT).
    """
    if state.final and state is not ReceiptState.DELIVERED and error in words:
        return words[error]
    return _BY_STATE[state]


def refusal_status(status: int) -> str:
    """The report of a submit that was given up with this command_status."""
    if status == CommandStatus.ESME_RINVDSTADR:
        return "INVALID_MSISDN"
    return "OPERATOR_ERROR" if status in _OPERATOR_ERRORS else "REJECTED"
