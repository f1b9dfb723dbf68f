"""Watching one bind: its PDUs as they pass."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import time
from typing import TYPE_CHECKING

from smsc.link.record import as_record
from smsc.smpp.codes import RESPONSE_BIT, Command
from smsc.smpp.pdu import Pdu

if TYPE_CHECKING:
    from smsc.link.board import BindBoard, Way
    from smsc.link.link import Link

WAITING_MAX = 1000
"""PDUs that wait to be read by a slow watcher; more are left out, and their number is told."""
WAITING_OCTETS_MAX = 2 * 1024 * 1024
"""Octets of the PDUs that wait; a record shows each a few times."""
ASKED_MAX = 10_000
"""Requests of a number whose answers are still to be recognised."""
NUMBERS = ("source_addr", "destination_addr")
TRACED = frozenset({Command.SUBMIT_SM, Command.DELIVER_SM, Command.DATA_SM})


class Trace:
    """Sees the PDUs of the bind called `name`, or of every bind for "*"; with `msisdn` only that number's.

    A response bears no number: it passes with its request.
    """

    def __init__(self, name: str, *, msisdn: str = "") -> None:
        self._name = name
        self._msisdn = msisdn.removeprefix("+")
        self._waiting: asyncio.Queue[tuple[int, Mapping[str, object]]] = asyncio.Queue(WAITING_MAX)
        self._waiting_octets = 0
        self._asked: OrderedDict[tuple[str, str, int], None] = OrderedDict()
        self._left_out = 0

    def saw(self, link: Link, way: Way, pdu: Pdu) -> None:
        """One PDU of any bind."""
        if self._name not in ("*", link.name) or (self._msisdn and not self._concerns(link, way, pdu)):
            return
        octets = pdu.octets_held
        if self._waiting.full() or self._waiting_octets + octets > WAITING_OCTETS_MAX:
            self._left_out += 1
        else:
            self._waiting_octets += octets
            self._waiting.put_nowait((octets, as_record(link, way, pdu, at=time())))

    def _concerns(self, link: Link, way: Way, pdu: Pdu) -> bool:
        if pdu.command & RESPONSE_BIT:
            key = (link.session_id, "<" if way == ">" else ">", pdu.sequence_number)
            return self._asked.pop(key, 0) is None
        if pdu.command not in TRACED:
            return False
        if self._msisdn not in (pdu.text(name).removeprefix("+") for name in NUMBERS):
            return False
        self._asked[link.session_id, way, pdu.sequence_number] = None
        if len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        return True

    @asynccontextmanager
    async def open(self, board: BindBoard) -> AsyncIterator[AsyncIterator[Mapping[str, object]]]:
        """Every PDU from now on; `{"left_out": n}` where the reader was too slow for n."""
        board.taps.append(self.saw)
        try:
            yield self._records()
        finally:
            board.taps.remove(self.saw)

    async def _records(self) -> AsyncIterator[Mapping[str, object]]:
        while True:
            octets, record = await self._waiting.get()
            self._waiting_octets -= octets
            yield record
            left_out, self._left_out = self._left_out, 0
            if left_out:
                yield {"left_out": left_out}
