"""The peer's requests that wait for our answer: how many, how much memory, and whether it waits to leave."""

from __future__ import annotations

from smsc.smpp.pdu import Pdu

INBOUND_OCTETS_MAX = 2 * 1024 * 1024
"""Memory of the peer's open requests of one session."""
UNBIND_WAIT_S = 5.0
"""How long a peer that asks to unbind is let wait for the answers that it is still owed."""


class Inbound:
    """Open requests of the peer. A peer that asked to unbind is answered once the last of them is.

    Source: SMPP v3.4 §4.2; nothing there forbids the answers that are due before unbind_resp.
    """

    __slots__ = ("_octets", "_open", "leave_by", "leaving")

    def __init__(self) -> None:
        self._open: dict[int, Pdu] = {}  # by identity: a peer may reuse a number before its answer
        self._octets = 0
        self.leaving: Pdu | None = None
        """The unbind that waits for its answer."""
        self.leave_by = 0.0

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, pdu: Pdu) -> bool:
        return id(pdu) in self._open

    def open(self, pdu: Pdu, *, at_most: int, octets_max: int) -> bool:
        """Whether there is room for one more; one always goes, whatever its size."""
        octets = self._octets + pdu.octets_held
        if len(self._open) >= at_most or (self._open and octets > octets_max):
            return False
        self._open[id(pdu)], self._octets = pdu, octets
        return True

    def close(self, pdu: Pdu) -> None:
        """It is answered."""
        del self._open[id(pdu)]
        self._octets -= pdu.octets_held

    def leave(self, unbind: Pdu, now: float) -> None:
        """The peer wants to go."""
        self.leaving, self.leave_by = unbind, now + UNBIND_WAIT_S

    def leaves_at(self) -> float | None:
        """When the unbind is to be answered: at once when nothing is open; None: nobody asked."""
        if self.leaving is None:
            return None
        return self.leave_by if self._open else 0.0

    def clear(self) -> None:
        """The session is over."""
        self._open.clear()
        self._octets, self.leaving = 0, None
