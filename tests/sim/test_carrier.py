"""The simulated carrier against a bare ESME of ours, over TCP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from smsc.link.board import BindBoard
from smsc.link.dialer import Dialer
from smsc.link.link import Link
from smsc.link.listener import BindRequest, Listener
from smsc.link.settings import BindSettings, Rebind
from smsc.sim.carrier import Carrier
from smsc.sim.faults import ENDINGS, OUTCOMES
from smsc.sim.form import CarrierForm
from smsc.sim.handset import Handset
from smsc.sim.receipt_styles import STYLES
from smsc.sim.receipts import IdStyle, ReceiptForm
from smsc.sim.record import Record
from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import Command, CommandStatus, EsmClass, Tag
from smsc.smpp.pdu import Pdu
from smsc.smpp.permissions import Dialect
from smsc.smpp.receipt import parse_receipt
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import Coding
from smsc.sms.segments import split

ANNA = "41790000555"


class Server:
    """Stands where the server stands: answers what it gets, sends MTs, remembers."""

    def __init__(self) -> None:
        self.links: Record[Link] = Record()
        self.requests: Record[Pdu] = Record()
        self.answers: Record[tuple[object, Pdu]] = Record()
        self.losses: Record[object] = Record()
        self.order: list[str] = []
        self.status: list[int] = []

    def bound(self, link: Link) -> None:
        self.links.append(link)

    def unbound(self, link: Link, reason: str) -> None: ...

    def ready(self, link: Link) -> None: ...
    def alert(self, link: Link, pdu: Pdu) -> None: ...

    def request(self, link: Link, pdu: Pdu) -> None:
        self.order.append("receipt" if pdu.number("esm_class") & EsmClass.RECEIPT else "mo")
        link.respond(pdu, self.status.pop(0) if self.status else CommandStatus.ESME_ROK)
        self.requests.append(pdu)

    def response(self, link: Link, context: object, pdu: Pdu) -> None:
        self.order.append("answer")
        self.answers.append((context, pdu))

    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None:
        self.losses.append(context)

    def late(self, link: Link, context: object, pdu: Pdu) -> None: ...

    async def link(self, number: int = 1) -> Link:
        return (await self.links.find(lambda n, _: n == number, timeout=5))[1]

    async def answer(self, number: int = 1) -> Pdu:
        return (await self.answers.find(lambda n, _: n == number, timeout=5))[1][1]

    async def got(self, number: int = 1) -> Pdu:
        return (await self.requests.find(lambda n, _: n == number, timeout=5))[1]

    async def submits(self, msisdn: str, text: str, *, tariff: bytes = b"", number: int = 1) -> None:
        coding = Coding(Alphabet.GSM7, 0)
        for part in split(text, coding, reference=7):
            pdu = Pdu(
                Command.SUBMIT_SM,
                {
                    "source_addr": "543",
                    "destination_addr": msisdn,
                    "esm_class": int(EsmClass.UDHI) if part.total > 1 else 0,
                    "registered_delivery": 1,
                    "short_message": part.udh + part.data,
                },
                tlvs={Tag.USER_MESSAGE_REFERENCE: b"\x00\x2a"} | ({0x1401: tariff} if tariff else {}),
            )
            (await self.link(number)).send(pdu, text)


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def carrier(server: Server) -> AsyncIterator[Carrier]:
    async with connected(Carrier(first_id=1000), server) as carrier:
        yield carrier


class connected:
    """A carrier that listens with `server` bound to it."""

    def __init__(self, carrier: Carrier, server: Server) -> None:
        self.carrier, self.server = carrier, server

    async def __aenter__(self) -> Carrier:
        settings = BindSettings(
            name="x",
            carrier="helvetia",
            system_id=self.carrier.form.system_id,
            password=self.carrier.form.password,
            address=await self.carrier.listen(),
            rebind=Rebind(initial_s=0.01),
        )
        self.dialer = Dialer(settings, self.server, board=BindBoard(), rng=Random(1))
        self.dialer.start()
        await self.carrier.is_bound()
        await self.server.link()
        return self.carrier

    async def __aexit__(self, *error: object) -> None:
        await self.dialer.stop(drain_s=0)
        await self.carrier.stop(drain_s=0)


async def test_an_mo_goes_as_deliver_sm_and_its_status_comes_back(server: Server, carrier: Carrier) -> None:
    server.status = [CommandStatus.ESME_ROK, CommandStatus.ESME_RX_P_APPN]
    assert await carrier.deliver(ANNA, "543", "HOROSKOP") == 0
    assert await carrier.deliver(ANNA, "543", "HOROSKOP") == CommandStatus.ESME_RX_P_APPN
    mo = await server.got()
    assert (mo.command, mo["source_addr"], mo["destination_addr"]) == (Command.DELIVER_SM, ANNA, "543")
    assert mo["short_message"] == b"HOROSKOP"


async def test_try_again_is_obeyed_with_an_equal_mo(server: Server) -> None:
    async with connected(Carrier(CarrierForm(redelivery_s=0)), server) as carrier:
        server.status = [CommandStatus.ESME_RX_T_APPN]
        assert await carrier.deliver(ANNA, "543", "HOROSKOP", tries=2) == 0
        first, second = server.requests.all()
        assert first.fields == second.fields


async def test_an_mo_whose_link_is_lost_has_no_answer_or_goes_again(server: Server, carrier: Carrier) -> None:
    def drop(link: Link, pdu: Pdu) -> None:
        link.abort()
        server.request = usual  # type: ignore[method-assign]

    usual = server.request
    server.request = drop  # type: ignore[method-assign]
    assert await carrier.deliver(ANNA, "543", "one") is None
    server.request = drop  # type: ignore[method-assign]
    assert await carrier.deliver(ANNA, "543", "two", tries=2) == 0


async def test_a_long_mo_goes_in_parts_with_udh(server: Server, carrier: Carrier) -> None:
    assert await carrier.deliver(ANNA, "543", "x" * 161) == 0
    parts = server.requests.all()
    assert [part["esm_class"] for part in parts] == [0x40, 0x40]
    assert parts[1]["short_message"][:6] == bytes((5, 0, 3, parts[0]["short_message"][3], 2, 2))


async def test_an_mt_is_answered_shown_and_receipted(server: Server, carrier: Carrier) -> None:
    handset = Handset(carrier, ANNA)
    await server.submits(ANNA, "Guten Tag", tariff=b"0300")
    assert (await server.answer())["message_id"] == "0000001000"
    message = await handset.gets("Guten", sender="543")
    assert (message.price, message.outcome) == ("CHF 3.00", "DELIVRD")
    assert handset.has_silence()
    receipt = await server.got()
    assert receipt["source_addr"] == ANNA
    assert receipt.tlvs[Tag.USER_MESSAGE_REFERENCE] == b"\x00\x2a"
    assert receipt.tlv_text(Tag.RECEIPTED_MESSAGE_ID) == "0000001000"
    text = parse_receipt(receipt["short_message"].decode())
    assert text is not None
    assert (text.message_id, text.stat) == ("0000001000", "DELIVRD")
    assert server.order == ["answer", "receipt"]


async def test_a_long_mt_is_one_message_on_the_handset(server: Server, carrier: Carrier) -> None:
    handset = Handset(carrier, ANNA)
    await server.submits(ANNA, "Lange " * 40)
    message = await handset.gets("Lange")
    assert message.text == "Lange " * 40
    assert len(message.message_ids) == 2
    with pytest.raises(AssertionError, match="no message"):
        await handset.gets(timeout=0)


@pytest.mark.parametrize(
    ("style", "in_response", "in_receipt"),
    [
        (IdStyle.HEX, "3E8", "3E8"),
        (IdStyle.HEX_TO_DECIMAL, "3E8", "0000001000"),
        (IdStyle.DECIMAL_TO_HEX, "0000001000", "3E8"),
    ],
)
async def test_ids_differ_between_answer_and_receipt_as_the_form_says(
    server: Server, style: IdStyle, in_response: str, in_receipt: str
) -> None:
    form = CarrierForm(ids=style, receipt=ReceiptForm(tlvs=False, echo_reference=False))
    async with connected(Carrier(form, first_id=1000), server):
        await server.submits(ANNA, "Hallo")
        assert (await server.answer())["message_id"] == in_response
        receipt = await server.got()
        assert receipt["short_message"].startswith(f"id:{in_receipt} ".encode())
        assert not receipt.tlvs


@pytest.mark.parametrize(
    ("ending", "stats"),
    [
        ("0001", ["UNDELIV"]),
        ("0002", ["EXPIRED"]),
        ("0003", ["REJECTD"]),
        ("0011", ["DELIVRD", "DELIVRD"]),
        ("0013", ["ACCEPTD", "DELIVRD"]),
    ],
)
async def test_magic_endings_choose_the_receipts(
    server: Server, carrier: Carrier, ending: str, stats: list[str]
) -> None:
    await server.submits(f"4179000{ending}", "Hallo")
    for number, stat in enumerate(stats, start=1):
        assert f"stat:{stat}".encode() in (await server.got(number))["short_message"]


async def test_ending_0005_sends_the_receipt_before_the_answer(server: Server, carrier: Carrier) -> None:
    await server.submits("41790000005", "Hallo")
    await server.answer()
    assert server.order == ["receipt", "answer"]


@pytest.mark.parametrize(
    ("ending", "status"),
    [("0006", CommandStatus.ESME_RTHROTTLED), ("0012", CommandStatus.ESME_RMSGQFUL)],
)
async def test_endings_0006_and_0012_refuse_once(
    server: Server, carrier: Carrier, ending: str, status: int
) -> None:
    msisdn = f"4179000{ending}"
    handset = Handset(carrier, msisdn)
    await server.submits(msisdn, "Hallo")
    assert (await server.answer(1)).command_status == status
    assert handset.has_silence()
    await server.submits(msisdn, "Hallo")
    assert (await server.answer(2)).command_status == 0
    await handset.gets("Hallo")


async def test_ending_0007_is_silent_and_the_bind_lives(server: Server, carrier: Carrier) -> None:
    await server.submits("41790000007", "Hallo")
    await server.submits(ANNA, "Hallo")
    await server.answer(1)
    assert [context for context, _ in server.answers.all()] == ["Hallo"]
    assert (await carrier.next_mt("41790000007")).delivered is False


async def test_ending_0008_drops_the_link_and_0014_sends_the_receipt_after_the_rebind(
    server: Server, carrier: Carrier
) -> None:
    await server.submits("41790000008", "weg")
    await server.losses.find(lambda _, context: context == "weg", timeout=5)
    await server.link(2)
    await server.submits("41790000014", "da", number=2)
    await server.losses.find(lambda _, context: context == "da", timeout=5)
    assert b"stat:DELIVRD" in (await server.got())["short_message"]


async def test_ending_0009_is_refused(server: Server, carrier: Carrier) -> None:
    await server.submits("41790000009", "Hallo")
    assert (await server.answer()).command_status == CommandStatus.ESME_RINVDSTADR


async def test_endings_with_10_concern_billed_mts_only(server: Server, carrier: Carrier) -> None:
    handset = Handset(carrier, "41790001001")
    await server.submits("41790001001", "gratis")
    await handset.gets("gratis")
    await server.submits("41790001001", "teuer", tariff=b"0300")
    message = [await carrier.next_mt("41790001001") for _ in range(2)][1]
    assert (message.outcome, message.delivered) == ("UNDELIV", False)


async def test_the_next_outcome_can_be_chosen_for_what_matches(server: Server, carrier: Carrier) -> None:
    carrier.does_next("undeliv", msisdn=ANNA, contains="zwei")
    for text in ("eins", "zwei", "zwei"):
        await server.submits(ANNA, text)
    outcomes = [(await carrier.next_mt(ANNA)).outcome for _ in range(3)]
    assert outcomes == ["DELIVRD", "UNDELIV", "DELIVRD"]


async def test_answers_can_be_held_and_released(server: Server, carrier: Carrier) -> None:
    carrier.holds_answers()
    await server.submits(ANNA, "Hallo")
    await carrier.pdus.find(lambda _, passed: passed.pdu.command == Command.SUBMIT_SM, timeout=5)
    assert not server.answers.all()
    carrier.answers_again()
    assert (await server.answer()).command_status == 0


@pytest.mark.parametrize("dialect", ["normal", "carrier_as_esme"])
async def test_a_carrier_dials_a_listener(server: Server, dialect: Dialect) -> None:
    def known(request: BindRequest) -> BindSettings | int:
        return BindSettings(
            name="in", carrier="helvetia", system_id="smsc", password="secret", dialect=dialect
        )

    listener = Listener("127.0.0.1:0", known, server, board=BindBoard())
    host, port = await listener.start()
    carrier = Carrier()
    carrier.dial(f"{host}:{port}", dialect=dialect)
    await carrier.is_bound()
    try:
        assert await carrier.deliver(ANNA, "543", "HOROSKOP") == 0
        expected = Command.SUBMIT_SM if dialect == "normal" else Command.DELIVER_SM
        assert (await server.got()).command == expected
        mt = Command.DELIVER_SM if dialect == "normal" else Command.SUBMIT_SM
        fields = {"source_addr": "543", "destination_addr": ANNA, "short_message": b"Hallo"}
        (await server.link()).send(Pdu(mt, {**fields, "registered_delivery": 1}))
        assert (await carrier.next_mt(ANNA)).text == "Hallo"
        assert (await server.got(2)).command == expected
    finally:
        await carrier.stop(drain_s=0)
        await listener.stop(drain_s=0)


async def test_a_wrong_password_is_refused(server: Server) -> None:
    carrier = Carrier()
    address = await carrier.listen()
    reader, writer = await asyncio.open_connection(*address.split(":"))
    bind = Pdu(Command.BIND_TRANSCEIVER, {"system_id": "smsc", "password": "no"}, sequence_number=1)
    writer.write(encode(bind))
    head = await reader.readexactly(4)
    answer = decode(head + await reader.readexactly(int.from_bytes(head, "big") - 4))
    assert answer.command_status == CommandStatus.ESME_RINVPASWD
    writer.close()
    await carrier.stop()


@pytest.mark.parametrize("style", STYLES)
async def test_a_receipt_in_every_dialect_is_read(server: Server, style: str) -> None:
    form = CarrierForm(receipt=ReceiptForm(style=style))
    async with connected(Carrier(form, first_id=171), server):
        await server.submits(ANNA, "Hallo")
        receipt = await server.got()
    text = receipt.fields.get("short_message") or receipt.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")
    assert isinstance(text, bytes)
    if not text:
        assert receipt.tlv_text(Tag.RECEIPTED_MESSAGE_ID) == "0000000171"
        return
    read = parse_receipt(text.decode("utf-16-be" if receipt.number("data_coding") == 8 else "ascii"))
    assert read is not None
    assert (read.message_id, read.stat) == ("AB" if style == "hex_id" else "0000000171", "DELIVRD")
    assert (read.done is None) == (style in ("no_dates", "bare"))
    assert (read.sub == "") == (style in ("no_counts", "bare"))


async def test_ending_0015_is_answered_late_and_0031_receipted_in_ucs2(
    server: Server, carrier: Carrier
) -> None:
    await server.submits("41790000015", "spät")
    await server.submits("41790000031", "früh")
    assert (await server.got())["data_coding"] == 8
    await server.answer(2)
    assert [context for context, _ in server.answers.all()] == ["früh", "spät"]


async def test_answers_come_backwards(server: Server, carrier: Carrier) -> None:
    carrier.answers_backwards(3)
    for text in ("eins", "zwei", "drei", "vier"):
        await server.submits(ANNA, text)
    await server.answer(4)
    assert [context for context, _ in server.answers.all()] == ["drei", "zwei", "eins", "vier"]


async def test_a_throttle_wave_ends_after_so_many_messages_or_seconds(
    server: Server, carrier: Carrier
) -> None:
    carrier.throttles(messages=2, status=CommandStatus.ESME_RMSGQFUL)
    for text in ("eins", "zwei", "drei"):
        await server.submits(ANNA, text)
    await server.answer(3)
    carrier.throttles(seconds=0.05)
    number = 3
    while (await server.answer(number)).command_status or number == 3:
        await server.submits(ANNA, f"noch {number}")
        number += 1
    statuses = [pdu.command_status for _, pdu in server.answers.all()]
    assert statuses[:4] == [CommandStatus.ESME_RMSGQFUL] * 2 + [0, CommandStatus.ESME_RTHROTTLED]
    assert statuses[-1] == 0


async def test_a_half_open_link_is_silent_and_open_and_the_next_one_lives(
    server: Server, carrier: Carrier
) -> None:
    carrier.goes_half_open()
    await server.submits(ANNA, "Hallo")
    assert carrier.links == []
    link = await server.link()
    assert link.is_bound
    assert not server.answers.all()
    carrier.buries_dead_links()
    await server.losses.find(lambda _, context: context == "Hallo", timeout=5)
    await server.link(2)
    await server.submits(ANNA, "Hallo", number=2)
    assert (await server.answer()).command_status == 0


async def test_an_mo_can_come_twice(server: Server, carrier: Carrier) -> None:
    assert await carrier.deliver(ANNA, "543", "HOROSKOP", copies=2) == 0
    first, second = await server.got(1), await server.got(2)
    assert first.fields == second.fields
    assert first.sequence_number != second.sequence_number


def test_the_page_for_engineers_lists_every_fault() -> None:
    page = (Path(__file__).parents[2] / "docs" / "carriers.md").read_text(encoding="utf-8")
    endings = {name: ending for ending, name in ENDINGS.items()}
    for name, outcome in OUTCOMES.items():
        ending = f"00{endings[name]}, 10{endings[name]}" if name in endings else ""
        assert f"| `{name}` | {ending} | {outcome.meaning} |" in page
