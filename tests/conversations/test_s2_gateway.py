"""S2: what the gateway answers a merchant, row by row of the table; always HTTP 200."""

from __future__ import annotations

import asyncio

from tests.conversations.s2 import CONTENT, GOODBYE, WELCOME, confirms, stops, subscribes
from tests.stage import ANNA, STRANGER, Stage


async def test_S2_pending_stranger_and_wrong_id_are_IR104(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    pending = await stage.opening_mo(ANNA, "543/HOROSKOP")
    common = {
        "number": ANNA,
        "value": "3.00",
        "currency": "CHF",
        "network": "SWISSCOM8CH4",
        "message": CONTENT,
    }
    assert (await stage.merchant.call(**common, id=f"{pending}|c1")).startswith("IR-104")
    assert (await stage.merchant.call(**common, id="12345|c1")).startswith("IR-104")
    assert (await stage.merchant.call(**common, id="no-number|c1")).startswith("IR-104")
    assert (await stage.merchant.call(**(common | {"number": STRANGER}), id="1|c1")).startswith("IR-104")
    await stage.settles()
    assert anna.has_silence()


async def test_S2_another_merchants_registration_is_IR104(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert (await stage.rival.content(mo, CONTENT, callback_id="c1")).startswith("IR-104")
    assert anna.has_silence()


async def test_S2_billed_before_welcome_is_E103(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c1")).startswith("E-103")
    assert anna.has_silence()


async def test_S2_dearer_other_currency_or_unmapped_price_is_IR412(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    for params in ({"value": "5.00"}, {"value": "3.00", "currency": "EUR"}, {"value": "2.50"}):
        answer = await stage.merchant.content(mo, CONTENT, callback_id="c1", **params)
        assert answer.startswith("IR-412"), params
    assert anna.has_silence()
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1", value="1.00") == "SUCCESS"
    await anna.gets(CONTENT)


async def test_S2_beyond_the_agreed_count_is_E102_until_the_next_period(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    for number in range(5):
        await stage.passes(minutes=1)
        assert await stage.merchant.content(mo, f"Nummer {number}", callback_id=f"c{number}") == "SUCCESS"
        await anna.gets(f"Nummer {number}")
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c5")).startswith("E-102")
    await stage.passes(days=7)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c5") == "SUCCESS"
    await anna.gets(CONTENT)


async def test_MT4_a_failed_charge_frees_its_place_in_the_period(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("undeliv", msisdn=ANNA)
    for number in range(6):
        await stage.passes(minutes=1)
        assert await stage.merchant.content(mo, f"Nummer {number}", callback_id=f"c{number}") == "SUCCESS"
        word = "DELIVERED" if number else "FAILED"
        await stage.merchant.gets(id=f"{mo['id']}|c{number}", report=word)
    assert (await stage.merchant.content(mo, CONTENT, callback_id="c6")).startswith("E-102")


async def test_S2_welcome_twice_is_IR101(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert (await stage.merchant.welcome(mo, WELCOME, callback_id="w2")).startswith("IR-101")
    await stage.settles()
    assert anna.has_silence()


async def test_S2_the_same_call_again_gets_the_first_answer_and_sends_nothing(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    answers = await asyncio.gather(
        *(stage.merchant.content(mo, CONTENT, callback_id="c1") for _ in range(20))
    )
    assert set(answers) == {"SUCCESS"}
    await anna.gets(CONTENT)
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await stage.settles()
    assert anna.has_silence() and stage.merchant.has_silence()
    assert (await stage.merchant.content(mo, "anderer Text", callback_id="c1")).startswith("IR-101")


async def test_S2_the_same_welcome_again_gets_the_first_answer(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert await stage.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    await stage.settles()
    assert anna.has_silence()


async def test_S2_an_empty_callback_id_is_no_guard(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    for _ in range(2):
        await stage.passes(minutes=1)
        assert await stage.merchant.content(mo, CONTENT, callback_id="") == "SUCCESS"
        await anna.gets(CONTENT)


async def test_MT1_a_billed_welcome_or_goodbye_is_refused(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    assert (await stage.merchant.welcome(mo, WELCOME, callback_id="w1", value="3.00")).startswith("E-103")
    await stops(stage, anna)
    assert (await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1", value="3.00")).startswith("E-103")
    assert anna.has_silence()


async def test_MT5_a_billed_text_of_two_parts_is_refused(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert (await stage.merchant.content(mo, "lang " * 40, callback_id="c1")).startswith("IR-417")
    assert anna.has_silence()


async def test_MT8_an_unknown_network_is_IR420(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    answer = await stage.merchant.content(mo, CONTENT, callback_id="c1", network="MARSCOM1MA1")
    assert answer.startswith("IR-420")
    assert anna.has_silence()


async def test_gateway_faults_of_the_call_itself_have_their_codes(stage: Stage) -> None:
    good = {"number": ANNA, "value": "3.00", "currency": "CHF", "message": CONTENT, "id": "1|a"}
    wrong: list[tuple[dict[str, str], str]] = [
        ({"ekey": "wrong"}, "IR-103"),
        ({"cc": "nobody"}, "IR-415"),
        ({"cc": ""}, "IR-414"),
        ({"number": ""}, "IR-404"),
        ({"number": "abc"}, "IR-405"),
        ({"value": "drei"}, "IR-410"),
        ({"value": "-1"}, "IR-413"),
        ({"message": ""}, "IR-416"),
        ({"reply": "7"}, "IR-401"),
        ({"reply": "1", "id": "abc"}, "IR-403"),
        ({"binary": "1"}, "IR-102"),
        ({"command": "X"}, "E-103"),
    ]
    for change, code in wrong:
        assert (await stage.merchant.call(**(good | change))).startswith(code), change
