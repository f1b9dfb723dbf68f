"""Carriers at their worst, end to end: dead connections, throttle waves, answers out of order, receipts in dialect."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from smsc.sim.message import Message
from smsc.sim.receipt_styles import STYLES
from smsc.sim.receipts import ReceiptForm
from smsc.smpp.codes import Command, CommandStatus
from smsc.sms.numbers import Msisdn
from tests.conversations.s2 import CONTENT, subscribes
from tests.conversations.test_smpp_receipts import CHARGED, PENDING, config, stage_with
from tests.stage import ANNA, Stage

UNKNOWN_REPLY = "Unbekannt. Hilfe: HELP an 543"
NUMBERS = [f"4179{n:05}77" for n in range(12)]


async def text_all(stage: Stage) -> list[Message]:
    """Everyone sends a text, each MO is taken; the MTs that answer them."""
    handsets = [stage.handset(number) for number in NUMBERS]
    statuses = await asyncio.gather(*(stage.carrier.deliver(n, "543", "Hallo?") for n in NUMBERS))
    assert set(statuses) == {0}
    return [await handset.gets(UNKNOWN_REPLY, timeout=20) for handset in handsets]


def order(stage: Stage, *, status: int) -> list[str]:
    """The handsets whose MT was answered with this status, in the order in which the MTs came."""
    passed = [p.pdu for p in stage.carrier.pdus.all()]
    answers = {p.sequence_number: p.command_status for p in passed if p.command is Command.SUBMIT_SM_RESP}
    submits = [p for p in passed if p.command is Command.SUBMIT_SM]
    return [p.text("destination_addr") for p in submits if answers.get(p.sequence_number) == status]


async def test_a_half_open_connection_is_found_by_enquire_link_and_the_mt_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(monkeypatch, "response_s: 2", "response_s: 60, enquire_link_s: 0.2, enquire_answer_s: 0.2")
    async with stage_with(tmp_path) as stage:
        anna = stage.handset(ANNA)
        before = stage.carrier.events.last
        stage.carrier.goes_half_open()
        await stage.rebinds(beyond=before)
        (row,) = stage.server.board.rows()
        assert row.last_reason == "enquire_link was not answered"
        await anna.texts("Hallo?", to="543")
        await anna.gets(UNKNOWN_REPLY)


@pytest.mark.parametrize("status", [CommandStatus.ESME_RTHROTTLED, CommandStatus.ESME_RMSGQFUL])
async def test_a_throttle_wave_ends_with_everything_delivered_once_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    config(monkeypatch, "window: 50", "window: 1")
    async with stage_with(tmp_path) as stage:
        stage.carrier.throttles(messages=1, status=status)
        await text_all(stage)
        refused, taken = order(stage, status=status), order(stage, status=0)
        assert len(refused) == 1
        assert len(taken) == len(set(taken)) == len(NUMBERS)
        assert taken[0] == refused[0], "what was refused goes first when the bind goes on"
        ids = [(await stage.mts(number))[0].mt.id for number in taken]
        assert ids == sorted(ids), "the rest follows in the order in which it was decided"
        (row,) = stage.server.board.rows()
        assert row.throttled == 1


async def test_answers_out_of_order_are_matched_each_to_its_mt(stage: Stage) -> None:
    stage.carrier.answers_backwards(len(NUMBERS))
    for message in await text_all(stage):
        (row,) = await stage.mts(message.msisdn)
        assert (row.state, row.message_id) == ("delivered", message.message_ids[0])


async def test_a_late_answer_is_matched_and_charged_once(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("late_answer", msisdn=ANNA, billed=True)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [PENDING, CHARGED]


@pytest.mark.parametrize("style", STYLES)
async def test_RP3_a_charge_is_proved_by_a_receipt_in_every_dialect(tmp_path: Path, style: str) -> None:
    async with stage_with(tmp_path, receipt=ReceiptForm(style=style, echo_reference=False)) as stage:
        anna = stage.handset(ANNA)
        mo = await subscribes(stage, anna)
        assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
        await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
        assert await stage.charges(ANNA) == [PENDING, CHARGED]


async def test_an_mo_that_comes_twice_while_the_session_lives_is_two_texts(stage: Stage) -> None:
    assert await stage.carrier.deliver(NUMBERS[0], "543", "Hallo?", copies=2) == 0
    await stage.settles()
    timeline = await stage.server.store.read(lambda r: r.timeline(Msisdn(NUMBERS[0])))
    assert [one.redelivery_of for one in timeline.mos] == [None, None]
