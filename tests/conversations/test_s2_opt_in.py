"""S2: the way in. KEYWORD, the free request, START KEYWORD, the merchant's welcome."""

from __future__ import annotations

from tests.conversations.s2 import CONTENT, GOODBYE, WELCOME, confirms, stops, subscribes
from tests.stage import ANNA, BEAT, Stage


async def test_S2_from_keyword_to_goodbye(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("Horoskop", to="543")
    request = await anna.gets("HOROSKOP-Abo: CHF 3.00/SMS, max 5 SMS/Woche", sender="543")
    assert "START HOROSKOP an 543" in request.text
    assert "STOP HOROSKOP an 543" in request.text
    assert "0800 123 456" in request.text and "Astro AG" in request.text
    assert request.pdus[0]["service_type"] == "FREE"
    await stage.settles()
    assert stage.merchant.has_silence()

    await anna.texts("start horoskop", to="543")
    mo = await stage.merchant.gets(action="mpush_ir_message", message="Horoskop", shortcode="543")
    assert mo["number"] == ANNA and mo["network"] == "SWISSCOM8CH4" and mo["country"] == "CH"
    assert mo["id"].isdecimal()

    assert await stage.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    assert (await anna.gets("Willkommen bei HOROSKOP!", sender="543")).text == WELCOME
    await stage.merchant.gets(action="mp_report", id=f"{mo['id']}|w1", report="DELIVERED")

    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    content = await anna.gets(CONTENT, sender="543")
    assert content.text.endswith("Stop: STOP HOROSKOP an 543")
    assert content.pdus[0].tlvs[0x1401] == b"0300"
    await stage.merchant.gets(action="mp_report", id=f"{mo['id']}|c1", report="DELIVERED")

    stop = await stops(stage, anna)
    assert stop["shortcode"] == "543" and stop["registration"] == mo["id"] and stop["id"] != mo["id"]
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    await anna.gets(GOODBYE, sender="543")
    await stage.merchant.gets(id=f"{mo['id']}|g1", report="DELIVERED")
    await stage.passes(days=1)
    assert anna.has_silence() and stage.merchant.has_silence()
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("charged", 300, "CHF")]


async def test_S2_request_never_answered_expires(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await stage.passes(hours=25)
    assert await stage.state(ANNA, "543/HOROSKOP") == "expired"
    assert anna.has_silence() and stage.merchant.has_silence()


async def test_RT4_start_after_expiry_acts_like_the_keyword(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await stage.passes(hours=25)
    await anna.texts("START HOROSKOP", to="543")
    await anna.gets("START HOROSKOP an 543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"
    await stage.settles()
    assert stage.merchant.has_silence()


async def test_RT4_start_with_a_keyword_nobody_has_gets_the_unknown_reply(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START WETTER", to="543")
    await anna.gets("Unbekannt. Hilfe: HELP an 543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"


async def test_RT4_start_with_another_keyword_asks_for_that_one(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START SPRUCH", to="543")
    await anna.gets("START SPRUCH an 543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"
    assert await stage.state(ANNA, "543/SPRUCH") == "pending"
    await stage.settles()
    assert stage.merchant.has_silence()


async def test_S2_bare_start_never_activates_and_says_what_to_send(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("Gratis-SMS. HOROSKOP-Abo")
    await anna.texts("START", to="543")
    reply = await anna.gets("START HOROSKOP")
    assert reply.price in ("", "CHF 0.00")
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"
    await anna.texts("START", to="543")
    await stage.settles()
    assert anna.has_silence() and stage.merchant.has_silence()


async def test_OI2_keyword_while_pending_is_asked_again_once_a_minute(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("HOROSKOP", to="543")
    await stage.settles()
    assert anna.has_silence()
    await stage.passes(seconds=61)
    await anna.texts("HORO", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START HOROSKOP", to="543")
    await stage.merchant.gets(message="HOROSKOP")
    await stage.settles()
    assert stage.merchant.has_silence()


async def test_OI2_keyword_while_active_is_told_so_once_a_day_and_never_bills(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("läuft schon")
    await anna.texts("HOROSKOP", to="543")
    await stage.settles()
    assert anna.has_silence() and stage.merchant.has_silence()
    await stage.passes(days=1, seconds=1)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("läuft schon")
    assert await stage.charges(ANNA) == []


async def test_S2_welcome_missing_raises_an_alarm_and_nothing_is_billed(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    await stage.passes(hours=2)
    assert "welcome_missing" in await stage.alarms()
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c1")).startswith("E-103")
    assert anna.has_silence()


async def test_RT6_what_arrived_is_forwarded_untouched(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("  «Horoskop» Löwe!", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START HOROSKOP", to="543")
    await stage.merchant.gets(message="  «Horoskop» Löwe!")


async def test_S2_after_stop_the_keyword_begins_a_new_registration(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    first = await subscribes(stage, anna)
    await stops(stage, anna)
    await stage.merchant.goodbye(first, GOODBYE, callback_id="g1")
    await anna.gets(GOODBYE)
    await stage.merchant.gets(id=f"{first['id']}|g1")
    second = await subscribes(stage, anna)
    assert second["id"] != first["id"]
    assert (await stage.merchant.content(first, CONTENT, callback_id="c9")).startswith("BARRED")
    assert await stage.merchant.content(second, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.gets(CONTENT)


async def test_S2_two_subscribers_keep_their_own_registrations(stage: Stage) -> None:
    anna, beat = stage.handset(ANNA), stage.handset(BEAT)
    hers = await subscribes(stage, anna)
    his = await subscribes(stage, beat)
    taken = await stage.merchant.content(hers, CONTENT, callback_id="c1", number=BEAT)
    assert taken.startswith("IR-104")
    assert await stage.merchant.content(his, CONTENT, callback_id="c1") == "SUCCESS"
    await beat.gets(CONTENT)
    assert anna.has_silence()


async def test_S2_the_answer_to_a_long_keyword_in_parts_is_the_same(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP " + "und noch viel mehr dazu " * 10, to="543")
    await anna.gets("START HOROSKOP")
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"
