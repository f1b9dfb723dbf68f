"""smpplib and aiosmpplib as ESMEs on our listener: bind modes, long text, UCS-2, receipts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmpplib import ESME, NPI, TON, AbstractHook, BindMode, DeliverSm, PhoneNumber, SmppMessage, SubmitSm
from aiosmpplib.broker import SimpleBroker
from smpplib import consts, gsm
from smpplib.client import Client

from smsc.sim.carrier import Carrier
from smsc.sim.form import CarrierForm

ANNA = "41791234567"
TEXTS = {
    "GSM 7": "Grüezi, das kostet 3 € [Test]",
    "UCS-2": "Поздрав, čao 👋",
    "long GSM 7": "Ein langer Text für zwei Teile. " * 8,
    "long UCS-2": "Длинный текст на две части. " * 5,
}
SOON_S = 15.0


@pytest.fixture
async def carrier() -> AsyncIterator[tuple[Carrier, str, int]]:
    """Our listener with a carrier that takes what is submitted and sends receipts."""
    made = Carrier(CarrierForm(system_id="astro", password="secret"))
    host, _, port = (await made.listen()).rpartition(":")
    yield made, host, int(port)
    await made.stop()


class Smpplib:
    """A blocking client; what it saw."""

    def __init__(self, host: str, port: int) -> None:
        self.answers: list[str] = []
        self.delivered: list[str] = []
        self.client = Client(host, port, timeout=SOON_S, allow_unknown_opt_params=True)
        self.client.set_message_sent_handler(lambda pdu: self.answers.append(pdu.message_id.decode()))
        self.client.set_message_received_handler(self._take)
        self.client.connect()

    def _take(self, pdu: Any) -> int:
        self.delivered.append(pdu.short_message.decode("latin-1"))
        return int(consts.SMPP_ESME_ROK)

    def submits(self, text: str) -> int:
        """Send a text as smpplib cuts and encodes it; in how many parts."""
        parts, coding, esm_class = gsm.make_parts(text)
        for part in parts:
            self.client.send_message(
                source_addr="543",
                destination_addr=ANNA,
                dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=True,
            )
        return len(parts)

    def reads(self, *, answers: int, delivered: int) -> None:
        """Read until so many answers and messages are there."""
        while len(self.answers) < answers or len(self.delivered) < delivered:
            self.client.read_once(auto_send_enquire_link=False)

    def ends(self) -> None:
        """Unbind and hang up."""
        self.client.unbind()
        self.client.state = consts.SMPP_CLIENT_STATE_OPEN
        self.client.disconnect()


def converses(host: str, port: int, text: str) -> Smpplib:
    """Bind, submit, take the receipts, unbind."""
    esme = Smpplib(host, port)
    esme.client.bind_transceiver(system_id="astro", password="secret")
    parts = esme.submits(text)
    esme.reads(answers=parts, delivered=parts)
    esme.ends()
    return esme


@pytest.mark.usefixtures("smpplib")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_smpplib_submits_any_text_and_takes_its_receipts(
    carrier: tuple[Carrier, str, int], text: str
) -> None:
    simulated, host, port = carrier
    esme = await asyncio.to_thread(converses, host, port, text)
    message = await simulated.next_mt(ANNA)
    assert (message.text, message.sender) == (text, "543")
    assert tuple(esme.answers) == message.message_ids
    for number, receipt in zip(esme.answers, esme.delivered, strict=True):
        assert f"id:{number} " in receipt and "stat:DELIVRD" in receipt


def binds_one_way(host: str, port: int) -> tuple[Smpplib, Smpplib]:
    """A transmitter submits, a receiver takes the receipt."""
    transmitter, receiver = Smpplib(host, port), Smpplib(host, port)
    transmitter.client.bind_transmitter(system_id="astro", password="secret")
    receiver.client.bind_receiver(system_id="astro", password="secret")
    transmitter.submits("Hallo")
    transmitter.reads(answers=1, delivered=0)
    receiver.reads(answers=0, delivered=1)
    transmitter.ends()
    receiver.ends()
    return transmitter, receiver


@pytest.mark.usefixtures("smpplib")
async def test_smpplib_binds_as_transmitter_and_receiver(carrier: tuple[Carrier, str, int]) -> None:
    simulated, host, port = carrier
    transmitter, receiver = await asyncio.to_thread(binds_one_way, host, port)
    assert (await simulated.next_mt(ANNA)).text == "Hallo"
    assert transmitter.delivered == [] and f"id:{transmitter.answers[0]} " in receiver.delivered[0]


class Notes(AbstractHook):  # type: ignore[misc]
    """What aiosmpplib's ESME received."""

    def __init__(self) -> None:
        self.delivered: list[DeliverSm] = []
        self.errors: list[Exception] = []
        self.enough = asyncio.Event()

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Nothing to note."""

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        if isinstance(smpp_message, DeliverSm):
            self.delivered.append(smpp_message)
            self.enough.set()

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        self.errors.append(error)


async def ends(esme: ESME, running: asyncio.Task[None]) -> None:
    """Its stop() leaves the connection to the garbage collector."""
    writer = esme._writer
    await esme.stop()
    await running
    writer.close()
    await writer.wait_closed()


@pytest.mark.usefixtures("aiosmpplib")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_aiosmpplib_submits_any_text_and_takes_its_receipt(
    carrier: tuple[Carrier, str, int], text: str
) -> None:
    simulated, host, port = carrier
    notes, broker = Notes(), SimpleBroker()
    esme = ESME(host, port, "astro", "secret", broker=broker, hook=notes, log_level="CRITICAL")
    running = asyncio.create_task(esme.start())
    anna = PhoneNumber(ANNA, TON.INTERNATIONAL, NPI.ISDN)
    encoding = "ucs2" if "UCS-2" in next(name for name, one in TEXTS.items() if one == text) else None
    await broker.enqueue(
        SubmitSm(short_message=text, source=PhoneNumber("543"), destination=anna, encoding=encoding)
    )
    async with asyncio.timeout(SOON_S):
        await notes.enough.wait()
    message = await simulated.next_mt(ANNA)
    await ends(esme, running)
    assert (message.text, message.sender, notes.errors) == (text, "543", [])
    assert notes.delivered[0].is_receipt()


@pytest.mark.usefixtures("aiosmpplib")
@pytest.mark.parametrize("mode", [BindMode.TRANSMITTER, BindMode.RECEIVER], ids=lambda mode: mode.name)
async def test_aiosmpplib_binds_one_way(carrier: tuple[Carrier, str, int], mode: BindMode) -> None:
    simulated, host, port = carrier
    notes = Notes()
    esme = ESME(
        host, port, "astro", "secret", broker=SimpleBroker(), hook=notes, bind_mode=mode, log_level="CRITICAL"
    )
    running = asyncio.create_task(esme.start())
    await simulated.is_bound()
    (link,) = simulated.links
    assert link.mode == mode.name.lower()
    if mode is BindMode.RECEIVER:
        assert await simulated.deliver(ANNA, "543", "HOROSKOP") == 0
        assert notes.delivered[0].short_message == "HOROSKOP"
    await ends(esme, running)
    assert notes.errors == []
