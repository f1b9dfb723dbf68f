"""S2: the way out. STOP works in every state, is told once, and is followed by exactly one goodbye."""

from __future__ import annotations

import asyncio

from tests.conversations.s2 import CONTENT, GOODBYE, WELCOME, confirms, stops, subscribes
from tests.stage import ANNA, STRANGER, Stage

OWN_GOODBYE = "HOROSKOP: Du bist abgemeldet"


async def test_OO2a_stop_while_pending_the_server_says_goodbye_and_no_merchant_is_told(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("STOP", to="543")
    await anna.gets(OWN_GOODBYE)
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
    await stage.passes(days=2)
    assert anna.has_silence() and stage.merchant.has_silence()
    await anna.texts("START HOROSKOP", to="543")
    await anna.gets("START HOROSKOP an 543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"


async def test_OO2_bare_stop_with_one_subscription_ends_it(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await anna.texts("S T O P", to="543")
    await stage.merchant.gets(message="ask horoskop stop")
    await stage.passes(seconds=31)
    await anna.gets(OWN_GOODBYE)


async def test_OO2_bare_stop_with_two_subscriptions_ends_all_as_the_code_says(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await anna.texts("SPRUCH", to="543")
    await anna.gets("START SPRUCH")
    await anna.texts("START SPRUCH", to="543")
    await stage.merchant.gets(message="SPRUCH")
    await anna.texts("STOP", to="543")
    first = await stage.merchant.gets(message="ask horoskop stop")
    second = await stage.merchant.gets(message="ask spruch stop")
    assert first["id"] != second["id"], "merchants de-duplicate by id"
    await stage.passes(seconds=31)
    await anna.gets(OWN_GOODBYE)
    await anna.gets("SPRUCH: Du bist abgemeldet")
    assert anna.has_silence()


async def test_OO2_stop_with_the_keyword_ends_that_one_only_in_both_word_orders(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await anna.texts("SPRUCH", to="543")
    await anna.gets("START SPRUCH")
    await anna.texts("START SPRUCH", to="543")
    await stage.merchant.gets(message="SPRUCH")
    await anna.texts("spruch stop", to="543")
    await stage.merchant.gets(message="ask spruch stop")
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.gets(CONTENT)


async def test_OO2a_stop_twice_has_one_goodbye_and_one_notice(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await stops(stage, anna)
    await anna.texts("STOP HOROSKOP", to="543")
    await anna.texts("STOP", to="543")
    await stage.passes(seconds=31)
    await anna.gets(OWN_GOODBYE)
    await stage.passes(hours=1)
    assert anna.has_silence() and stage.merchant.has_silence()


async def test_OO2a_a_strangers_stop_is_answered_once_a_day_and_nobody_is_told(stage: Stage) -> None:
    stranger = stage.handset(STRANGER)
    await stranger.texts("STOP", to="543")
    await stranger.gets("kein Abo auf 543")
    await stranger.texts("STOP", to="543")
    await stage.settles()
    assert stranger.has_silence()
    await stage.passes(days=1, seconds=1)
    await stranger.texts("STOP", to="543")
    await stranger.gets("kein Abo auf 543")
    assert stage.merchant.has_silence()


async def test_OO4_the_merchants_goodbye_in_time_is_the_only_one(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stops(stage, anna)
    await stage.passes(seconds=29)
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    await anna.gets(GOODBYE)
    await stage.passes(minutes=5)
    assert anna.has_silence()


async def test_OO4_without_the_merchant_the_server_says_goodbye_after_30_s(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stop = await stops(stage, anna)
    assert stop["goodbye_by"] == "2026-03-02T12:00:30.000Z"
    await stage.passes(seconds=29)
    assert anna.has_silence()
    await stage.passes(seconds=2)
    await anna.gets(OWN_GOODBYE)
    late = await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1")
    assert late.startswith("IR-101")
    await stage.passes(minutes=5)
    assert anna.has_silence()


async def test_OO4_a_second_goodbye_is_refused(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stops(stage, anna)
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    assert (await stage.merchant.goodbye(mo, GOODBYE, callback_id="g2")).startswith("IR-101")
    await anna.gets(GOODBYE)
    await stage.passes(minutes=5)
    assert anna.has_silence()


async def test_OO4_goodbye_in_the_same_instant_as_the_timer_is_one_goodbye(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stops(stage, anna)
    answer, _ = await asyncio.gather(
        stage.merchant.goodbye(mo, GOODBYE, callback_id="g1"), stage.passes(seconds=30)
    )
    message = await anna.gets("")
    assert (answer == "SUCCESS") == (message.text == GOODBYE)
    await stage.passes(minutes=5)
    assert anna.has_silence()


async def test_S2_goodbye_while_active_is_refused(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert (await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1")).startswith("E-103")
    await stage.settles()
    assert anna.has_silence()


async def test_S2_content_and_welcome_after_stop_are_barred(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    await stops(stage, anna)
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c1")).startswith("BARRED")
    assert (await stage.merchant.welcome(mo, WELCOME, callback_id="w1")).startswith("BARRED")
    await stage.passes(minutes=1)
    await anna.gets(OWN_GOODBYE)
    assert anna.has_silence()


async def test_OO3_stop_withdraws_what_has_not_left(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("throttled", msisdn=ANNA, billed=True)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.settles()
    assert anna.has_silence(), "the carrier throttled it: it waits in the queue"
    await stops(stage, anna)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="REJECTED", reason_id="BARRED")
    await stage.passes(minutes=10)
    await anna.gets(OWN_GOODBYE)
    assert anna.has_silence()
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("failed", 300, "CHF")]


async def test_OO3_content_on_the_wire_at_the_stop_is_flagged_and_charged_as_its_receipt_says(
    stage: Stage,
) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.holds_answers()
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.texts("STOP HOROSKOP", to="543")
    await stage.merchant.gets(message="ask horoskop stop")
    stage.carrier.answers_again()
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await anna.gets(CONTENT)
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("charged", 300, "CHF")]
    assert [row.overtaken for row in await stage.mts(ANNA) if row.mt.billed] == [True]


async def test_RT5b_a_stop_word_in_free_text_goes_to_review_and_is_told(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    text = "bitte könnt ihr das jetzt endlich mal stop machen ich will das nicht mehr"
    await anna.texts(text, to="543")
    told = await stage.merchant.gets(message=text)
    assert told["review"] == "1"
    assert await stage.state(ANNA, "543/HOROSKOP") == "active"


async def test_OO6_help_is_answered_subscribed_or_not(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HELP", to="543")
    await anna.gets("543")
    await subscribes(stage, anna)
    await anna.texts("Hilfe", to="543")
    await anna.gets("0800 123 456")


async def test_RT7_the_unknown_reply_comes_once_an_hour(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("WASISTDAS", to="543")
    await anna.gets("Unbekannt. Hilfe: HELP an 543")
    await anna.texts("NOCHWAS", to="543")
    await stage.settles()
    assert anna.has_silence()
    await stage.passes(hours=1, seconds=1)
    await anna.texts("WASISTDAS", to="543")
    await anna.gets("Unbekannt")
