"""Receipts as carriers really send them: other ids, other binds, twice, late, early, in parts (RP3, CH3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import tests.stage
from smsc.sim.carrier import Carrier
from smsc.sim.errands import Errand
from smsc.sim.faults import OUTCOMES
from smsc.sim.form import CarrierForm
from smsc.sim.handset import Handset
from smsc.sim.message import Message
from smsc.sim.receipts import IdStyle, ReceiptForm
from smsc.smpp.codes import Command, Tag
from smsc.smpp.pdu import Pdu
from tests.conversations.s2 import CONTENT, WELCOME, confirms, subscribes
from tests.stage import ANNA, BEAT, Stage

PENDING, CHARGED, FAILED = ((state, 300, "CHF") for state in ("pending", "charged", "failed"))


@asynccontextmanager
async def stage_with(
    folder: Path, *, ids: IdStyle = IdStyle.DECIMAL, receipt: ReceiptForm | None = None
) -> AsyncIterator[Stage]:
    """A stage whose carrier has habits of its own."""
    stage = Stage(folder)
    form = CarrierForm(
        name="helvetia",
        system_id="astro",
        password="secret",
        ids=ids,
        receipt=receipt or ReceiptForm(),
        prices={"0x1401=0300": "CHF 3.00", "source_addr=90300": "CHF 3.00"},
    )
    stage.carrier = Carrier(form)
    await stage.opens()
    try:
        yield stage
    finally:
        await stage.closes()


def config(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Another smsc.yaml for the stages of this test."""
    assert old in tests.stage.CONFIG
    monkeypatch.setattr(tests.stage, "CONFIG", tests.stage.CONFIG.replace(old, new))


async def content_without_receipt(stage: Stage, handset: Handset, callback_id: str = "c1") -> Message:
    """Billed content that the handset has and that the carrier has not reported."""
    mo = await subscribes(stage, handset)
    stage.carrier.does_next("no_receipt", msisdn=handset.msisdn, billed=True)
    assert await stage.merchant.content(mo, CONTENT, callback_id=callback_id) == "SUCCESS"
    message = await handset.gets(CONTENT)
    await stage.settles()
    return message


def receipt_of(message: Message, stat: str, *, message_id: str = "", **fields: object) -> Pdu:
    """The receipt for an MT in the form of appendix B, without TLVs."""
    text = (
        f"id:{message_id or message.message_ids[0]} sub:001 dlvrd:001 submit date:2611221003"
        f" done date:2611221004 stat:{stat} err:000 text:Widder"
    )
    usual = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": message.msisdn, "esm_class": 4}
    usual |= {"destination_addr": message.sender, "short_message": text.encode("ascii")}
    return Pdu(Command.DELIVER_SM, usual | fields)


@pytest.mark.parametrize(
    "ids", [IdStyle.HEX_TO_DECIMAL, IdStyle.DECIMAL_TO_HEX, IdStyle.HEX, IdStyle.DECIMAL]
)
@pytest.mark.parametrize("echo", [True, False])
async def test_RP3_the_form_of_ids_is_learned(tmp_path: Path, ids: IdStyle, echo: bool) -> None:
    habits = ReceiptForm(tlvs=False, echo_reference=echo)
    async with stage_with(tmp_path, ids=ids, receipt=habits) as stage:
        anna = stage.handset(ANNA)
        mo = await subscribes(stage, anna)
        for number in range(3):
            await stage.passes(minutes=2)  # there is a cap on what a subscriber spends in a minute
            stage.carrier.does_next("early_receipt" if number % 2 else "delivered", msisdn=ANNA)
            assert await stage.merchant.content(mo, CONTENT, callback_id=f"c{number}") == "SUCCESS"
            await stage.merchant.gets(id=f"{mo['id']}|c{number}", report="DELIVERED")
        await stage.settles()
        form = ids.value if "-to-" in ids.value else "same"
        assert stage.server.node.intake.forms.believed("helvetia") == form
        exposed = stage.server.metrics.exposition().decode()
        assert f'smsc_receipt_id_form{{carrier="helvetia",form="{form}"}} 1.0' in exposed


async def test_RP3_a_receipt_by_another_bind_twice_and_an_interim_one_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(monkeypatch, "window: 50", "window: 50, sessions: 2")
    async with stage_with(tmp_path) as stage:
        await stage.carrier.is_bound(links=2)
        message = await content_without_receipt(stage, stage.handset(ANNA))
        came_over = next(p.link for p in reversed(list(stage.carrier.pdus.all())) if p.pdu in message.pdus)
        other = next(link for link in stage.carrier.links if link.session_id != came_over)
        for stat in ("ENROUTE", "DELIVRD", "DELIVRD", "ACCEPTD", "ENROUTE"):
            answered: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
            pdu = receipt_of(message, stat)
            other.send(pdu, Errand(pdu, 1, answered.set_result))
            assert await answered == 0
        await stage.merchant.gets(report="DELIVERED", number=ANNA)
        await stage.settles()
        assert stage.merchant.has_silence()
        assert await stage.charges(ANNA) == [PENDING, CHARGED]


async def test_RP3_a_late_word_never_takes_a_final_one_back(stage: Stage) -> None:
    message = await content_without_receipt(stage, stage.handset(ANNA))
    for stat in ("DELIVRD", "UNDELIV", "EXPIRED"):
        await stage.carrier.hand_over(receipt_of(message, stat))
    assert await stage.charges(ANNA) == [PENDING, CHARGED]
    assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["delivered"]


@pytest.mark.parametrize("way", ["data_sm", "ucs2", "payload", "tlvs_unflagged"])
async def test_RP3_a_receipt_in_every_wrapping(stage: Stage, way: str) -> None:
    message = await content_without_receipt(stage, stage.handset(ANNA))
    plain = receipt_of(message, "DELIVRD")
    text = plain.octets("short_message")
    match way:
        case "data_sm":
            fields = {name: value for name, value in plain.fields.items() if name != "short_message"}
            pdu = Pdu(Command.DATA_SM, fields, tlvs={int(Tag.MESSAGE_PAYLOAD): text})
        case "ucs2":
            wide = text.decode("ascii").encode("utf-16-be")
            pdu = receipt_of(message, "DELIVRD", data_coding=8, short_message=wide)
        case "payload":
            pdu = receipt_of(message, "DELIVRD", short_message=b"")
            pdu.tlvs[Tag.MESSAGE_PAYLOAD] = text
        case _:
            pdu = receipt_of(message, "DELIVRD", esm_class=0, short_message=b"")
            pdu.tlvs[Tag.RECEIPTED_MESSAGE_ID] = message.message_ids[0].encode("ascii")
            pdu.tlvs[Tag.MESSAGE_STATE] = b"\2"
    assert await stage.carrier.hand_over(pdu) == 0
    assert await stage.charges(ANNA) == [PENDING, CHARGED]


async def test_RP3_an_id_of_another_handset_or_of_nobody_matches_nothing_and_is_kept(stage: Stage) -> None:
    message = await content_without_receipt(stage, stage.handset(ANNA))
    await stage.carrier.hand_over(receipt_of(message, "DELIVRD", source_addr=BEAT))
    await stage.carrier.hand_over(receipt_of(message, "DELIVRD", message_id="99999"))
    assert await stage.charges(ANNA) == [PENDING]
    exposed = stage.server.metrics.exposition().decode()
    assert 'smsc_line_total{what="receipt_unmatched"} 2.0' in exposed
    waiting = await stage.server.store.run(lambda tx: tx.waiting_receipts([("helvetia", "99999")]))
    assert [row.receipt.message_id for row in waiting] == ["99999"]


async def test_CH3_a_receipt_without_a_known_id_settles_the_one_in_doubt_though_the_tariff_hides_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(monkeypatch, '"CHF 3.00": {{tlv: {{0x1401: "0300"}}}}', '"CHF 3.00": {{source_addr: "90300"}}')
    async with stage_with(tmp_path) as stage:
        anna = stage.handset(ANNA)
        mo = await subscribes(stage, anna)
        stage.carrier.does_next("dropped", msisdn=ANNA)
        before = stage.carrier.events.last
        assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
        await stage.rebinds(beyond=before)
        await stage.settles()
        (submit,) = stage.submits(contains=CONTENT)
        assert submit["source_addr"] == "90300"
        ghost = Message(ANNA, "90300", CONTENT, stage.clock.now(), message_ids=("777",))
        assert await stage.carrier.hand_over(receipt_of(ghost, "DELIVRD")) == 0
        await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
        assert await stage.charges(ANNA) == [PENDING, CHARGED]


async def test_CH3_a_receipt_that_a_free_message_sent_twice_may_mean_charges_nothing(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("silence", msisdn=ANNA, contains="Anmelden")
    await anna.texts("HELP", to="543")
    await stage.carrier.pdus.find(
        lambda _, p: p.pdu.command is Command.SUBMIT_SM and b"Anmelden" in p.pdu.octets("short_message"),
        timeout=20,
    )
    stage.carrier.does_next("dropped", msisdn=ANNA, billed=True)
    before = stage.carrier.events.last
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.rebinds(beyond=before)
    await stage.passes(seconds=10)
    await anna.gets("Anmelden: HOROSKOP")
    await stage.settles()
    (submit,) = stage.submits(contains=CONTENT)
    ghost = Message(ANNA, "543", CONTENT, stage.clock.now(), message_ids=("777",))
    assert await stage.carrier.hand_over(receipt_of(ghost, "DELIVRD")) == 0
    await stage.settles()
    assert await stage.charges(ANNA) == [PENDING], "it may be the first HELP's"
    meant = receipt_of(ghost, "UNDELIV", message_id="778")
    meant.tlvs[Tag.USER_MESSAGE_REFERENCE] = submit.tlvs[Tag.USER_MESSAGE_REFERENCE]
    assert await stage.carrier.hand_over(meant) == 0
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="FAILED")
    assert await stage.charges(ANNA) == [PENDING, FAILED]


@pytest.mark.parametrize("first", ["answer", "receipt"])
async def test_CH2_an_answer_without_an_id_leaves_the_charge_to_the_receipt(stage: Stage, first: str) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    nameless = replace(OUTCOMES["no_id"], receipt_first=first == "receipt")
    stage.carrier.does_next(nameless, msisdn=ANNA, billed=True)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [PENDING, CHARGED]


@pytest.mark.parametrize(("rule", "after_one"), [("all", ["accepted"]), ("first", ["delivered"])])
async def test_RP3_an_mt_of_two_parts_is_delivered_by_the_carriers_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, after_one: list[str]
) -> None:
    config(monkeypatch, "receipt_wait_s: 86400", f"receipt_wait_s: 86400\n    multipart_receipts: {rule}")
    async with stage_with(tmp_path) as stage:
        anna = stage.handset(ANNA)
        mo = await confirms(stage, anna)
        stage.carrier.does_next("no_receipt", msisdn=ANNA, times=2)
        assert (
            await stage.merchant.welcome(mo, f"{WELCOME} {'Viel Freude! ' * 8}", callback_id="w1")
            == "SUCCESS"
        )
        message = await anna.gets("Willkommen bei HOROSKOP!")
        assert len(message.message_ids) == 2
        for number, states in ((1, after_one), (0, ["delivered"])):
            part = receipt_of(message, "DELIVRD", message_id=message.message_ids[number])
            assert await stage.carrier.hand_over(part) == 0
            assert [row.state for row in await stage.mts(ANNA) if row.parts == 2] == states
        await stage.merchant.gets(id=f"{mo['id']}|w1", report="DELIVERED")
        assert stage.merchant.has_silence()
