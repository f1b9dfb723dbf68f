"""Carriers at their worst, end to end: dead connections, throttle waves, answers out of order, receipts in dialect."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from smsc.sim.faults import OUTCOMES
from smsc.sim.message import Message
from smsc.sim.receipt_styles import STYLES
from smsc.sim.receipts import ReceiptForm
from smsc.smpp.codes import Command, CommandStatus
from smsc.sms.numbers import Msisdn
from tests.conversations.s2 import CONTENT, subscribes
from tests.conversations.test_smpp_receipts import CHARGED, PENDING, config, stage_with
from tests.pipeline.faults import Stall
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


def asked(stage: Stage, status: int) -> list[tuple[str, bytes]]:
    """Handset and text of every MT that was answered with this status, in the order in which the MTs came."""
    passed = [p.pdu for p in stage.carrier.pdus.all()]
    answers = {p.sequence_number: p.command_status for p in passed if p.command is Command.SUBMIT_SM_RESP}
    submits = [p for p in passed if p.command is Command.SUBMIT_SM and answers[p.sequence_number] == status]
    return [(p.text("destination_addr"), p.octets("short_message")) for p in submits]


async def is_throttled(stage: Stage) -> None:
    """Wait until the bind rests."""
    async with asyncio.timeout(10):
        while stage.server.board.rows()[0].throttled == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def is_submitted(stage: Stage, number: int) -> None:
    """Wait until the carrier has been given so many MTs."""
    async with asyncio.timeout(10):
        while len(stage.submits(contains="")) < number:
            await stage.carrier.pdus.grows(beyond=stage.carrier.pdus.last)


@pytest.mark.parametrize("status", [CommandStatus.ESME_RTHROTTLED, CommandStatus.ESME_RMSGQFUL])
async def test_a_throttled_window_goes_again_before_younger_mts_each_number_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    config(monkeypatch, "window: 50", "window: 10")
    async with stage_with(tmp_path) as stage:
        mo = await subscribes(stage, stage.handset(ANNA))
        await stage.settles()
        before = len(asked(stage, 0))
        stage.carrier.holds_answers()
        assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
        texts = [(number, text) for number in NUMBERS[:3] for text in ("HOROSKOP", "SPRUCH", "HELP")]
        for number, text in texts:
            assert await stage.carrier.deliver(number, "543", text) == 0
        await is_submitted(stage, before + 10)
        stage.carrier.throttles(messages=10, status=status)
        stage.carrier.answers_again()
        await is_throttled(stage)
        assert await stage.carrier.deliver(NUMBERS[5], "543", "HOROSKOP") == 0
        await stage.handset(ANNA).gets(CONTENT, timeout=20)
        await stage.settles()
        refused, taken = asked(stage, status), asked(stage, 0)[before:]
        content, *answers = refused
        assert content[0] == ANNA and [to for to, _ in answers] == [number for number, _ in texts]
        assert taken[:9] == answers, "the window goes again as it was, before what came later"
        assert taken[9][0] == NUMBERS[5] and taken[10:] == [content], "answers go before content (MT6)"


async def test_what_is_committed_while_the_bind_rests_waits_behind_what_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(monkeypatch, "window: 50", "window: 10")
    async with stage_with(tmp_path) as stage:
        stage.carrier.holds_answers()
        for number in NUMBERS[:5]:
            assert await stage.carrier.deliver(number, "543", "Hallo?") == 0
        await is_submitted(stage, 5)
        await stage.server.node.intake.settle_kept()
        stall = Stall(stage.server.store)
        younger = asyncio.ensure_future(stage.carrier.deliver(NUMBERS[5], "543", "Hallo?"))
        await stall.is_reached()
        stage.carrier.throttles(messages=5)
        stage.carrier.answers_again()
        await is_throttled(stage)
        stall.ends()
        assert await younger == 0
        await stage.handset(NUMBERS[5]).gets(UNKNOWN_REPLY, timeout=20)
        await stage.settles()
        assert order(stage, status=CommandStatus.ESME_RTHROTTLED) == NUMBERS[:5]
        assert order(stage, status=0) == NUMBERS[:6]


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


@pytest.mark.parametrize("outcome", ["answered_twice", "stray_answer"])
async def test_an_answer_that_nobody_waits_for_is_counted_and_changes_nothing(
    stage: Stage, outcome: str
) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    for billed in (True, False):
        stage.carrier.does_next(outcome, msisdn=ANNA, billed=billed)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await anna.texts("HELP", to="543")
    await anna.gets("HOROSKOP")
    await stage.settles()
    assert await stage.charges(ANNA) == [PENDING, CHARGED]
    assert {row.state for row in await stage.mts(ANNA)} == {"delivered"}
    assert len(stage.submits(contains=CONTENT)) == 1
    (row,) = stage.server.board.rows()
    assert row.strays == 2 and row.window_in_use == 0


@pytest.mark.parametrize(
    ("status", "told", "charge"), [(0, "DELIVERED", "charged"), (0x0B, "INVALID_MSISDN", "failed")]
)
async def test_CH3_an_answer_after_the_response_timer_settles_what_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, told: str, charge: str
) -> None:
    config(monkeypatch, "response_s: 2", "response_s: 0.2")
    async with stage_with(tmp_path) as stage:
        anna = stage.handset(ANNA)
        mo = await subscribes(stage, anna)
        late = replace(OUTCOMES["delivered"], answer_delay_s=0.6, status=status)
        stage.carrier.does_next(late if status == 0 else replace(late, receipts=()), msisdn=ANNA, billed=True)
        assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
        await stage.merchant.gets(id=f"{mo['id']}|c1", report=told, timeout=20)
        assert stage.server.board.rows()[0].strays == 1
        assert [state for state, _, _ in await stage.charges(ANNA)] == ["pending", charge]
        assert len(stage.submits(contains=CONTENT)) == 1, "in doubt: never again (CH3)"


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
