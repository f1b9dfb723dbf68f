"""query_sm: a billed MT without a receipt is asked for once before its charge becomes unknown (CH3)."""

from __future__ import annotations

from pathlib import Path

import pytest

import tests.stage
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu
from tests.conversations.s2 import CONTENT, subscribes
from tests.stage import ANNA, Stage, open_stage

PENDING, CHARGED, UNKNOWN = ((state, 300, "CHF") for state in ("pending", "charged", "unknown"))


@pytest.fixture(autouse=True)
def asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier may be asked."""
    new = tests.stage.CONFIG.replace("receipt_wait_s: 86400", "receipt_wait_s: 86400\n    query: true")
    assert new != tests.stage.CONFIG
    monkeypatch.setattr(tests.stage, "CONFIG", new)


def questions(stage: Stage) -> list[Pdu]:
    return [passed.pdu for passed in stage.carrier.pdus.all() if passed.pdu.command is Command.QUERY_SM]


async def test_CH3_what_the_carrier_says_settles_the_charge(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("no_receipt", msisdn=ANNA)
    await stage.merchant.content(mo, CONTENT, callback_id="c1")
    message = await anna.gets(CONTENT)
    await stage.passes(hours=23)
    assert questions(stage) == []
    await stage.passes(hours=2)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [PENDING, CHARGED]
    (question,) = questions(stage)
    assert (question["message_id"], question["source_addr"]) == (message.message_ids[0], "543")


async def test_CH3_a_carrier_that_does_not_know_leaves_the_charge_unknown(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        anna = stage.handset(ANNA)
        mo = await subscribes(stage, anna)
        stage.carrier.does_next("no_receipt", msisdn=ANNA)
        await stage.merchant.content(mo, CONTENT, callback_id="c1")
        await anna.gets(CONTENT)
        await stage.settles()
        stage.carrier.forgets()
        await stage.passes(hours=25)
        await stage.passes(minutes=2)
        await stage.merchant.gets(id=f"{mo['id']}|c1", report="UNKNOWN")
        await stage.passes(days=3)
        assert len(questions(stage)) == 1
        assert await stage.charges(ANNA) == [PENDING, UNKNOWN]


LONG = "Widder: " + "ein guter Tag fuer Klartext, und morgen auch. " * 5


@pytest.mark.parametrize(
    ("second", "report", "charge"), [("no_receipt", "DELIVERED", CHARGED), ("silence", "UNKNOWN", UNKNOWN)]
)
async def test_CH3_every_part_is_asked_for_and_the_answers_are_taken_as_receipts(
    tmp_path: Path, second: str, report: str, charge: tuple[str, int, str]
) -> None:
    async with open_stage(tmp_path, carrier="    bills_parts_once: true") as stage:
        anna = stage.handset(ANNA)
        mo = await subscribes(stage, anna)
        stage.carrier.does_next("no_receipt", msisdn=ANNA, billed=True)
        stage.carrier.does_next(second, msisdn=ANNA, billed=True)
        assert await stage.merchant.content(mo, LONG, callback_id="c1") == "SUCCESS"
        await stage.passes(hours=25)
        await stage.passes(minutes=2)
        await stage.merchant.gets(id=f"{mo['id']}|c1", report=report)
        assert len(questions(stage)) == (2 if second == "no_receipt" else 1)
        assert await stage.charges(ANNA) == [PENDING, charge]
