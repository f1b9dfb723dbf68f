"""Kannel's bearerbox binds to our listener, and its smsbox answers what we deliver."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu

if TYPE_CHECKING:
    from smsc.link import Link
    from tests.interop.conftest import Stand
    from tests.interop.kannel import Kannel


class Town:
    """Our end: notes what Kannel does."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.submitted: asyncio.Queue[Pdu] = asyncio.Queue()
        self.answers: asyncio.Queue[tuple[object, int]] = asyncio.Queue()
        self.up, self.down = asyncio.Event(), asyncio.Event()
        self.reason = ""

    def bound(self, link: Link) -> None:
        self.links.append(link)
        self.up.set()

    def unbound(self, link: Link, reason: str) -> None:
        self.reason = reason
        self.down.set()

    def request(self, link: Link, pdu: Pdu) -> None:
        self.submitted.put_nowait(pdu)
        link.respond(pdu, CommandStatus.ESME_ROK, message_id="0001")

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        self.answers.put_nowait((context, int(pdu.command_status)))

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        self.answers.put_nowait((context, -1))

    def late(self, link: Link, context: object, pdu: Pdu) -> None: ...

    def ready(self, link: Link) -> None:
        return None

    def alert(self, link: Link, pdu: Pdu) -> None:
        return None


async def turn() -> None:
    """One turn of the loop."""
    await asyncio.sleep(0)


def mo(text: bytes, data_coding: int = 0) -> Pdu:
    fields = {"source_addr": "41791234567", "destination_addr": "543", "short_message": text}
    types = {"source_addr_ton": 1, "source_addr_npi": 1, "dest_addr_ton": 3, "data_coding": data_coding}
    return Pdu(Command.DELIVER_SM, {**fields, **types})


async def test_kannel_binds_takes_mos_answers_them_and_unbinds(
    kannel: Kannel, town_stand: Stand, town: Town
) -> None:
    await kannel.start(town_stand.host, town_stand.port, answer="Bitte START HOROSKOP an 543")
    async with asyncio.timeout(30):
        await town.up.wait()
        (link,) = town.links
        assert link.mode == "transceiver"
        for number in range(3):
            link.send(mo(b"HOROSKOP"), number)
        link.send(mo("Žiga želi več".encode("utf-16-be"), data_coding=8), "ucs2")
        answers = [await town.answers.get() for _ in range(4)]
        submitted = [await town.submitted.get() for _ in range(4)]
        while (
            town_stand.board.rows()[0].pdus_in < 10
        ):  # its bind, answers and submits, then its enquire_links
            await turn()
    assert sorted(answers, key=str) == sorted([(0, 0), (1, 0), (2, 0), ("ucs2", 0)], key=str)
    assert {pdu["short_message"] for pdu in submitted} == {b"Bitte START HOROSKOP an 543"}
    assert {pdu["destination_addr"] for pdu in submitted} == {"41791234567"}
    await kannel.end()
    async with asyncio.timeout(20):
        await town.down.wait()
    assert town.reason == "the peer unbound", kannel.log()
