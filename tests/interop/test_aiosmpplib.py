"""The ESME of aiosmpplib binds to our listener and exchanges messages both ways."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiosmpplib import ESME, NPI, TON, AbstractHook, PhoneNumber, SmppMessage, SubmitSm
from aiosmpplib.broker import SimpleBroker

if TYPE_CHECKING:
    from tests.interop.conftest import Stand


class Notes(AbstractHook):  # type: ignore[misc]
    """Keeps what the ESME got, and tells when it has everything."""

    def __init__(self) -> None:
        self.received_by_name: dict[str, SmppMessage] = {}
        self.errors: list[Exception] = []
        self.answered = asyncio.Event()

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        if type(smpp_message).__name__ == "DeliverSmResp":
            self.answered.set()

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        self.received_by_name[type(smpp_message).__name__] = smpp_message

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        self.errors.append(error)


async def test_aiosmpplib_binds_submits_takes_and_unbinds(stand: Stand, aiosmpplib: str) -> None:
    notes, broker = Notes(), SimpleBroker()
    esme = ESME(stand.host, stand.port, "astro", "secret", broker=broker, hook=notes, log_level="CRITICAL")
    running = asyncio.create_task(esme.start())
    await broker.enqueue(
        SubmitSm(
            short_message="Welcome",
            source=PhoneNumber("543"),
            destination=PhoneNumber("41791234567", TON.INTERNATIONAL, NPI.ISDN),
        )
    )
    async with asyncio.timeout(15):
        await notes.answered.wait()
    writer = esme._writer
    await esme.stop()
    await running
    writer.close()  # its stop() leaves the connection to the garbage collector
    await writer.wait_closed()
    await stand.centre.hears_unbind()
    (pdu,) = stand.centre.submitted
    assert (pdu["source_addr"], pdu["short_message"]) == ("543", b"Welcome")
    assert notes.received_by_name["SubmitSmResp"].message_id == "0001"
    assert notes.received_by_name["DeliverSm"].short_message == "HOROSKOP"
    assert notes.received_by_name["DeliverSm"].source.number == "41791234567"
    assert (stand.centre.answers, notes.errors) == ([("mo", 0)], [])
