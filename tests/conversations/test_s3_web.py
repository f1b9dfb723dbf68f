"""S3: a number on a web page, the welcome held, DA, SUBSCRIBED, billed content, STOP."""

from __future__ import annotations

import pytest

from smsc.sms.numbers import Msisdn
from tests.conversations.s3 import (
    CONTENT,
    EVIDENCE,
    GOODBYE,
    MOJCA,
    WELCOME,
    ZVEZDE,
    posts,
    subscribes,
)
from tests.stage import Stage


async def test_S3_from_web_page_to_goodbye(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    assert await posts(stage) == "SUCCESS"
    request = await mojca.gets("ZVEZDE: 1.49 EUR/SMS, najvec 3 SMS/teden", sender="3030")
    assert "DA na 3030" in request.text and "STOP ZVEZDE na 3030" in request.text
    assert [row.state for row in await stage.mts(MOJCA) if row.mt.kind == "welcome"] == ["held"]
    asked = (await stage.server.store.read(lambda r: r.timeline(Msisdn(MOJCA)))).consents[0].consent
    assert {name: asked.evidence[name] for name in EVIDENCE} == EVIDENCE
    assert (asked.state, asked.by, asked.seen) == ("pending", "api", request.text)
    assert mojca.has_silence() and stage.merchant.has_silence()

    await mojca.texts("da", to="3030")
    report = await stage.merchant.gets(action="mp_report", report="SUBSCRIBED", number=MOJCA)
    assert report["id"] == report["message_id"] and report["id"].isdecimal()
    assert (await mojca.gets("Dobrodosli", sender="3030")).text == WELCOME
    await stage.merchant.gets(report="DELIVERED", id=f"{report['id']}|")
    assert await stage.state(MOJCA, ZVEZDE) == "active"

    assert (
        await stage.merchant.content(report, CONTENT, callback_id="c1", value="1.49", currency="EUR")
        == "SUCCESS"
    )
    content = await mojca.gets(CONTENT, sender="3030")
    assert content.text.endswith("Odjava: STOP ZVEZDE na 3030") and content.pdus[0].tlvs[0x1401] == b"0149"
    await stage.merchant.gets(id=f"{report['id']}|c1", report="DELIVERED")
    dearer = await stage.merchant.content(report, CONTENT, callback_id="c2", value="3.00", currency="EUR")
    assert dearer.startswith("IR-412")

    await mojca.texts("STOP ZVEZDE", to="3030")
    stop = await stage.merchant.gets(message="ask zvezde stop", number=MOJCA)
    assert stop["registration"] == report["id"] and stop["goodbye_by"]
    assert await stage.merchant.goodbye(report, GOODBYE, callback_id="g1", currency="EUR") == "SUCCESS"
    await mojca.gets(GOODBYE, sender="3030")
    await stage.merchant.gets(id=f"{report['id']}|g1", report="DELIVERED")
    late = await stage.merchant.content(report, CONTENT, callback_id="c3", value="1.49", currency="EUR")
    assert late.startswith("BARRED")
    await stage.passes(days=1)
    assert mojca.has_silence() and stage.merchant.has_silence()


async def test_S3_no_goodbye_of_the_merchant_in_30_s_the_server_says_it(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await subscribes(stage, mojca)
    await mojca.texts("ZVEZDE STOP", to="3030")
    await stage.merchant.gets(message="ask zvezde stop")
    await stage.passes(seconds=31)
    await mojca.gets("ZVEZDE: odjavljeni ste")


async def test_OI2_a_repeated_W_replaces_the_text_and_asks_again_once_a_minute_at_most(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await posts(stage, "Prvi pozdrav")
    await mojca.gets("Prijava: DA")
    assert await posts(stage, "Drugi pozdrav") == "SUCCESS"
    await stage.settles()
    assert mojca.has_silence()
    await stage.passes(minutes=1)
    assert await posts(stage, WELCOME) == "SUCCESS"
    await mojca.gets("Prijava: DA")
    await mojca.texts("DA", to="3030")
    await stage.merchant.gets(report="SUBSCRIBED")
    assert (await mojca.gets("", sender="3030")).text == WELCOME
    await stage.merchant.gets(report="DELIVERED")
    assert mojca.has_silence() and stage.merchant.has_silence()
    states = [row.state for row in await stage.mts(MOJCA) if row.mt.kind == "welcome"]
    assert states == ["cancelled", "cancelled", "delivered"]


async def test_S3_an_unanswered_W_is_reported_VALIDITY_EXPIRED(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await posts(stage, id="|cb7")
    await mojca.gets("Prijava: DA")
    await stage.passes(hours=25)
    report = await stage.merchant.gets(action="mp_report", report="VALIDITY_EXPIRED", id="|cb7")
    assert report["number"] == MOJCA and await stage.state(MOJCA, ZVEZDE) == "expired"
    await mojca.texts("DA", to="3030")
    await stage.settles()
    assert mojca.has_silence() and stage.merchant.has_silence()


async def test_OO2a_stop_while_pending_cancels_the_held_W_and_tells_the_merchant(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await posts(stage)
    await mojca.gets("Prijava: DA")
    await mojca.texts("STOP", to="3030")
    await mojca.gets("ZVEZDE: odjavljeni ste")
    stop = await stage.merchant.gets(message="ask zvezde stop")
    assert stop["goodbye_by"] == "" and stop["registration"] == ""
    assert [row.state for row in await stage.mts(MOJCA) if row.mt.kind == "welcome"] == ["cancelled"]
    assert (await posts(stage)).startswith("BARRED")
    await stage.passes(days=2)
    assert mojca.has_silence() and stage.merchant.has_silence()


async def test_OI5_a_blocked_number_is_barred_in_S3_until_its_own_keyword_is_confirmed(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await mojca.texts("STOP", to="3030")
    await mojca.gets("niste prijavljeni")
    assert (await posts(stage)).startswith("BARRED")
    await mojca.texts("Zvezde", to="3030")
    await mojca.gets("Prijava: DA na 3030")
    assert (await posts(stage)).startswith("BARRED")
    await mojca.texts("DA", to="3030")
    report = await stage.merchant.gets(report="SUBSCRIBED")
    assert await stage.merchant.welcome(report, WELCOME, callback_id="w1", currency="EUR") == "SUCCESS"
    await mojca.gets("Dobrodosli")


async def test_S3_NE_declines_and_the_held_W_is_given_up(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await posts(stage)
    await mojca.gets("Prijava: DA")
    await mojca.texts("NE", to="3030")
    await stage.merchant.gets(report="VALIDITY_EXPIRED", number=MOJCA)
    assert await stage.state(MOJCA, ZVEZDE) == "declined"


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        ({"sub_ip": ""}, "E-103"),
        ({"sub_ip": "somewhere"}, "E-103"),
        ({"sub_url": "astro"}, "E-103"),
        ({"sub_key": "LUNA"}, "E-103"),
        ({"sub_key": "HOROSKOP"}, "E-103"),
        ({"value": "1.49"}, "E-103"),
        ({"sub_url": "", "sub_ip": "", "sub_key": ""}, "IR-104"),
        ({"network": "NOWHERE"}, "IR-420"),
    ],
)
async def test_S3_what_is_missing_or_wrong_is_refused_and_nobody_is_asked(
    stage: Stage, params: dict[str, str], answer: str
) -> None:
    mojca = stage.handset(MOJCA)
    assert (await posts(stage, **params)).startswith(answer)
    await stage.settles()
    assert mojca.has_silence() and await stage.state(MOJCA, ZVEZDE) == "none"


async def test_S3_a_W_for_an_active_number_is_IR101_and_no_number_is_pestered(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    await subscribes(stage, mojca)
    assert (await posts(stage)).startswith("IR-101")
    await mojca.texts("STOP ZVEZDE", to="3030")
    await stage.passes(seconds=31)
    await mojca.gets("odjavljeni")


async def test_S3_merchants_cause_three_requests_a_day_at_most(stage: Stage) -> None:
    mojca = stage.handset(MOJCA)
    for _ in range(3):
        assert await posts(stage) == "SUCCESS"
        await mojca.gets("Prijava: DA")
        await mojca.texts("NE", to="3030")
        assert await stage.state(MOJCA, ZVEZDE) == "declined"
    assert (await posts(stage)).startswith("E-102")
    await stage.settles()
    assert mojca.has_silence()
