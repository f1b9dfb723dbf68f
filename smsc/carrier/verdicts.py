"""What a carrier's command_status means for an MT (MT6a)."""

from __future__ import annotations

from smsc.carrier.profile import CarrierProfile
from smsc.messages import Verdict
from smsc.smpp.codes import CommandStatus

_TABLE = {
    CommandStatus.ESME_ROK: Verdict.ACCEPTED,
    # Too fast or too much: the whole bind slows down.
    CommandStatus.ESME_RTHROTTLED: Verdict.THROTTLE,
    CommandStatus.ESME_RMSGQFUL: Verdict.THROTTLE,
    # Not taken this time.
    CommandStatus.ESME_RSYSERR: Verdict.RETRY,
    CommandStatus.ESME_RX_T_APPN: Verdict.RETRY,
    CommandStatus.ESME_RSUBMITFAIL: Verdict.RETRY,
    CommandStatus.ESME_RDELIVERYFAILURE: Verdict.RETRY,
    CommandStatus.ESME_RUNKNOWNERR: Verdict.RETRY,
    # A fault of the session, not of the message: another bind, or this one bound again, may take it.
    CommandStatus.ESME_RINVBNDSTS: Verdict.RETRY,
    CommandStatus.ESME_RALYBND: Verdict.RETRY,
    CommandStatus.ESME_RBINDFAIL: Verdict.RETRY,
}
_VERDICTS: dict[int, Verdict] = {int(status): verdict for status, verdict in _TABLE.items()}


def verdict(profile: CarrierProfile, status: int) -> Verdict:
    """The verdict on an answered submit: the profile's own, else the common one; the rest is REFUSED.

    Args:    status: command_status of the response. No response at all is IN_DOUBT and has no status.
    Source:  SMPP v3.4 §5.1.3; which refusals pass with time is practice of carriers.
    """
    own = profile.verdicts.get(status)
    return own if own is not None else _VERDICTS.get(status, Verdict.REFUSED)
