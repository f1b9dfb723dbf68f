"""How long a session waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from smsc.smpp.codes import Role, State


@dataclass(frozen=True, slots=True)
class Timers:
    """The timers of one session, in seconds; None switches a timer off.

    Source: SMPP v3.4 §7.2 names session_init, enquire_link, inactivity and response; the defaults are what
    gateways commonly document (30 s keep-alive, 60 s response, cut after 300 s of silence).
    """

    session_init_s: float | None = 10.0
    """From accepting the connection to a successful bind."""
    enquire_link_s: float | None = 30.0
    """Silence of the peer after which we ask whether it is there."""
    enquire_answer_s: float = 10.0
    """How long that question may stay unanswered before the session is closed."""
    response_s: float = 60.0
    """From a request of ours to its answer; afterwards its outcome is unknown."""
    inactivity_s: float | None = 300.0
    """Silence of the peer after which it is taken for gone, whatever became of the keep-alive."""
    pdu_s: float | None = 10.0
    """From the first octet of a PDU to its last."""


class Pulse:
    """When the peer was last heard, and since when a PDU has been half here. Monotonic seconds."""

    __slots__ = ("_heard_at", "_partial_since", "_started_at")

    def __init__(self, now: float) -> None:
        self._started_at = now
        self._heard_at = now
        self._partial_since: float | None = None

    def heard(self, now: float, *, whole: int, rest: int) -> None:
        """Octets came: `whole` PDUs were completed, `rest` octets of the next are here."""
        self._heard_at = now
        if not rest:
            self._partial_since = None
        elif whole or self._partial_since is None:
            self._partial_since = now

    def keep_alive_at(self, timers: Timers, state: State) -> float | None:
        """When the peer is to be asked whether it is there."""
        if timers.enquire_link_s is None or not state.is_bound:
            return None
        return self._heard_at + timers.enquire_link_s

    def ends(self, timers: Timers, role: Role | None, state: State) -> list[tuple[float, str]]:
        """The moments at which the session is over if nothing happens, each with its reason."""
        ends: list[tuple[float, str]] = []
        if timers.session_init_s is not None and not state.is_bound and role is not Role.ESME:
            ends.append((self._started_at + timers.session_init_s, "no bind in time"))
        if timers.inactivity_s is not None and state.is_bound:
            ends.append((self._heard_at + timers.inactivity_s, "the peer fell silent"))
        if timers.pdu_s is not None and self._partial_since is not None:
            ends.append((self._partial_since + timers.pdu_s, "half a PDU"))
        return ends
