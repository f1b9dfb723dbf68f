"""S2: what becomes of the money. One receipt decides a charge; doubt never sends twice."""

from __future__ import annotations

import pytest

from smsc.sim.merchant import Answer
from tests.conversations.s2 import CONTENT, GOODBYE, confirms, stops, subscribes
from tests.stage import ANNA, Stage

PENDING, CHARGED, FAILED, UNKNOWN = (
    (state, 300, "CHF") for state in ("pending", "charged", "failed", "unknown")
)


async def test_RP3_receipt_before_submit_sm_resp_is_matched(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("early_receipt", msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.gets(CONTENT)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [PENDING, CHARGED]


@pytest.mark.parametrize(
    ("outcome", "word"), [("undeliv", "FAILED"), ("expired", "VALIDITY_EXPIRED"), ("rejected", "REJECTED")]
)
async def test_CH2_a_receipt_of_failure_fails_the_charge(stage: Stage, outcome: str, word: str) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next(outcome, msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report=word)
    assert await stage.charges(ANNA) == [PENDING, FAILED]
    assert anna.has_silence()


async def test_CH2_without_a_receipt_the_charge_becomes_unknown(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("no_receipt", msisdn=ANNA)
    await stage.merchant.content(mo, CONTENT, callback_id="c1")
    await anna.gets(CONTENT)
    await stage.passes(hours=23)
    assert await stage.charges(ANNA) == [PENDING]
    await stage.passes(hours=2)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="UNKNOWN")
    assert await stage.charges(ANNA) == [PENDING, UNKNOWN]


async def test_RP3_a_receipt_twice_and_an_interim_one_charge_once(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("receipt_twice", msisdn=ANNA)
    await stage.merchant.content(mo, CONTENT, callback_id="c1")
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await stage.passes(minutes=1)  # CHF 5.00 a minute is all there is
    stage.carrier.does_next("interim_receipt", msisdn=ANNA)
    await stage.merchant.content(mo, CONTENT, callback_id="c2")
    await stage.merchant.gets(id=f"{mo['id']}|c2", report="DELIVERED")
    await stage.settles()
    assert stage.merchant.has_silence()
    assert await stage.charges(ANNA) == [PENDING, CHARGED, PENDING, CHARGED]


async def test_CH3_a_billed_mt_whose_link_dropped_is_never_sent_again(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("dropped", msisdn=ANNA)
    before = stage.carrier.events.last
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.rebinds(beyond=before)
    await stage.passes(hours=1)
    assert [row.state for row in await stage.mts(ANNA) if row.mt.billed] == ["in_doubt"]
    await stage.passes(days=2)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="UNKNOWN")
    assert len(stage.submits(contains=CONTENT)) == 1
    assert anna.has_silence()


async def test_CH3_an_in_doubt_mt_is_settled_by_its_receipt(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("dropped_delivered", msisdn=ANNA)
    await stage.merchant.content(mo, CONTENT, callback_id="c1")
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [PENDING, CHARGED]
    assert len(stage.submits(contains=CONTENT)) == 1


async def test_D3_a_free_mt_whose_answer_never_came_goes_again_with_its_reference(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    stage.carrier.does_next("dropped", msisdn=ANNA)
    before = stage.carrier.events.last
    await anna.texts("HOROSKOP", to="543")
    await stage.rebinds(beyond=before)
    await stage.passes(minutes=1)
    await anna.gets("START HOROSKOP")
    first, second = stage.submits(contains="START HOROSKOP")
    assert first.tlvs[0x0204] == second.tlvs[0x0204]


async def test_MT6a_a_throttled_mt_goes_again(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("throttled", msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.passes(seconds=10)
    await anna.gets(CONTENT)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [PENDING, CHARGED]


async def test_MT6a_a_refused_mt_fails_and_is_reported(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("refused", msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="INVALID_MSISDN")
    assert await stage.charges(ANNA) == [PENDING, FAILED]


async def test_RP1_a_merchant_down_for_an_hour_misses_nothing_and_the_goodbye_is_sent(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stage.merchant.goes_down()
    await anna.texts("Ist der Mond heute voll?", to="543")
    await anna.texts("STOP HOROSKOP", to="543")
    await stage.passes(seconds=31)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    await stage.passes(hours=1)
    await stage.merchant.comes_up()
    await stage.passes(hours=2)
    told = await stage.merchant.gets(message="Ist der Mond heute voll?")
    assert told["number"] == ANNA
    await stage.merchant.gets(message="ask horoskop stop", registration=mo["id"])
    await stage.settles()
    assert stage.merchant.has_silence() and anna.has_silence()


async def test_RP1_a_merchant_that_answers_nonsense_is_told_again(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    stage.merchant.answers_next(Answer(200, "Vielen Dank!"))
    stage.merchant.answers_next(Answer(500, "OK"))
    mo = await confirms(stage, anna)
    await stage.passes(minutes=5)
    again = await stage.merchant.gets(message="HOROSKOP")
    once_more = await stage.merchant.gets(message="HOROSKOP")
    assert mo["id"] == again["id"] == once_more["id"]
    await stage.passes(hours=1)
    assert stage.merchant.has_silence()


async def test_RP1a_the_stop_notice_passes_callbacks_that_wait(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.merchant.answers_next(Answer(503, "later"))
    await anna.texts("Hallo?", to="543")
    await stage.merchant.gets(message="Hallo?")
    stop = await stops(stage, anna)
    assert stop["registration"] == mo["id"]
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    await anna.gets(GOODBYE)
