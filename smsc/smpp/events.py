"""What a session tells its edge."""

from __future__ import annotations

from dataclasses import dataclass

from smsc.smpp.pdu import Pdu


@dataclass(frozen=True, slots=True)
class BindReceived:
    """The peer asks to bind: the edge answers with `respond`."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class OutbindReceived:
    """A message centre called: we are the ESME and may bind on this connection."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Bound:
    """Our bind was accepted; `pdu` is the response."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class BindRefused:
    """Our bind was refused; `pdu.command_status` says why. The session stays open."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A message: the edge answers with `respond`, once, at any time and in any order."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class AlertReceived:
    """alert_notification; it has no answer."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """The answer to a request of ours: its response, or a generic_nack of its number (never ESME_ROK)."""

    context: object
    pdu: Pdu


@dataclass(frozen=True, slots=True)
class StrayResponse:
    """A response to no open request: answered before, given up by its timer, or never made."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class LateResponse:
    """The answer to a request that came out as lost when its timer ran out. Once for a request."""

    context: object
    pdu: Pdu


@dataclass(frozen=True, slots=True)
class RequestLost:
    """No answer to this request will come. `written`: it was handed out, so the peer may have acted."""

    context: object
    written: bool
    reason: str


@dataclass(frozen=True, slots=True)
class KeepAliveAnswered:
    """The peer answered our enquire_link."""

    round_trip_s: float


@dataclass(frozen=True, slots=True)
class PeerFault:
    """The peer broke a rule and was told so with `answer` (0: nothing could be answered)."""

    answer: int
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over: write what is left to send, then close the connection.

    orderly: by an unbind and its answer, with none of the peer's requests left open.
    """

    reason: str
    orderly: bool = False


Event = (
    BindReceived
    | OutbindReceived
    | Bound
    | BindRefused
    | RequestReceived
    | AlertReceived
    | ResponseReceived
    | StrayResponse
    | LateResponse
    | RequestLost
    | KeepAliveAnswered
    | PeerFault
    | Closed
)
