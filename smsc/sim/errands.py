"""What the simulated carrier still has to hand over: MOs and receipts, in order, as windows allow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from smsc.link.link import Link
from smsc.smpp.codes import CommandStatus
from smsc.smpp.pdu import Pdu

ERRANDS_MAX = 50_000
TRY_AGAIN = frozenset(
    {
        CommandStatus.ESME_RSYSERR,
        CommandStatus.ESME_RMSGQFUL,
        CommandStatus.ESME_RTHROTTLED,
        CommandStatus.ESME_RX_T_APPN,
    }
)


class TooMuch(Exception):
    """More is waiting to be handed over than the simulator keeps."""


@dataclass(slots=True, eq=False)
class Errand:
    """One request to hand over. `done` hears its last command_status, or None when no answer ever came."""

    pdu: Pdu
    tries: int
    done: Callable[[int | None], None]


class Errands:
    """Hands requests to whichever bound link has room; tries again after a loss or a try-again status.

    Args:
        redelivery_s: from a try-again status to the next attempt.
        sent: told of every PDU as it is handed to a link.
    """

    def __init__(self, *, redelivery_s: float, sent: Callable[[Link, Pdu], None]) -> None:
        self.links: list[Link] = []
        self._waiting: deque[Errand] = deque()
        self._redelivery_s = redelivery_s
        self._sent = sent
        self._later: set[asyncio.TimerHandle] = set()

    def add(self, errand: Errand) -> None:
        """Hand this over as soon as a link has room.  Raises: TooMuch: `ERRANDS_MAX` wait already."""
        if len(self._waiting) >= ERRANDS_MAX:
            raise TooMuch(f"{ERRANDS_MAX} messages wait for a link already")
        self._waiting.append(errand)
        self.pump()

    def after(self, delay_s: float, work: Callable[[], None]) -> None:
        """Do `work` in `delay_s` seconds unless the carrier stops before."""
        handle: asyncio.TimerHandle

        def run() -> None:
            self._later.discard(handle)
            work()

        handle = asyncio.get_running_loop().call_later(delay_s, run)
        self._later.add(handle)

    def pump(self) -> None:
        """Hand over what there is room for; called whenever there may be more room."""
        while self._waiting and (link := self._freest()) is not None:
            errand = self._waiting.popleft()
            pdu = _copy(errand.pdu)
            link.send(pdu, errand)
            self._sent(link, pdu)  # the link has numbered it

    def _freest(self) -> Link | None:
        link = max(self.links, key=lambda link: link.free, default=None)
        return link if link is not None and link.free > 0 else None

    def answered(self, errand: Errand, status: int) -> None:
        """Its answer came."""
        errand.tries -= 1
        if status in TRY_AGAIN and errand.tries > 0:
            self.after(self._redelivery_s, lambda: self._again(errand))
        else:
            errand.done(status)
        self.pump()

    def lost(self, errand: Errand) -> None:
        """No answer will come; it goes again, first of all, on the next link.

        On one that is up already after `redelivery_s`: no carrier brings it again before the loss is known.
        """
        errand.tries -= 1
        if errand.tries > 0 and self.links:
            self.after(self._redelivery_s, lambda: self._again(errand))
        elif errand.tries > 0:
            self._again(errand)
        else:
            errand.done(None)

    def _again(self, errand: Errand) -> None:
        self._waiting.appendleft(errand)
        self.pump()

    def stop(self) -> None:
        """Forget everything; whoever waits hears that no answer came."""
        for handle in self._later:
            handle.cancel()
        self._later.clear()
        while self._waiting:
            self._waiting.popleft().done(None)


def _copy(pdu: Pdu) -> Pdu:
    """A fresh PDU for each attempt: a link writes the sequence_number into it."""
    return Pdu(pdu.command, dict(pdu.fields), tlvs=dict(pdu.tlvs), repeated=list(pdu.repeated))
