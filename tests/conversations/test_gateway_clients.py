"""The gateway as its vendor's clients use it: whole bodies, the library's regex, GET and POST, every id form."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.conversations.s2 import CONTENT, GOODBYE, WELCOME, confirms, stops, subscribes
from tests.stage import ANNA, Stage

ERRORS = re.compile(r"((IR|E)-\d{3})|(NO CREDITS)|(BARRED)")
"""As the vendor's PHP library looks for them."""


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_whole_flow_by_either_method(stage: Stage, method: str) -> None:
    stage.merchant.method = method
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await anna.gets(CONTENT, sender="543")
    assert await stage.merchant.content(mo, "Gratis: mehr", callback_id="c2", value="0.00") == "SUCCESS"
    await anna.gets("Gratis: mehr", sender="543")
    await stops(stage, anna)
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    await anna.gets("Schade!", sender="543")
    said = await stage.merchant.content(mo, CONTENT, callback_id="c3")
    found = ERRORS.search(said)
    assert found is not None
    assert found[0] == "BARRED"


async def test_the_librarys_regex_finds_each_code_first(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    good = {"number": ANNA, "id": f"{mo['id']}|x1", "message": "Hi", "value": "0", "currency": "CHF"}
    for changes, code in (
        ({"ekey": "wrong"}, "IR-103"),
        ({"cc": "nobody"}, "IR-415"),
        ({"cc": ""}, "IR-414"),
        ({"number": ""}, "IR-404"),
        ({"number": "anna"}, "IR-405"),
        ({"value": "much"}, "IR-410"),
        ({"value": "-1"}, "IR-413"),
        ({"value": "9.00"}, "IR-412"),
        ({"message": ""}, "IR-416"),
        ({"message": "x" * 2000}, "IR-417"),
        ({"reply": "2"}, "IR-401"),
        ({"reply": "1", "id": "abc"}, "IR-403"),
        ({"reply": "1", "id": "4711"}, "IR-104"),
        ({"network": "INTERNATIONAL", "value": "3.00"}, "IR-419"),
        ({"network": "NOWHERE9"}, "IR-420"),
        ({"binary": "1"}, "IR-102"),
        ({"smscat": "99"}, "E-103"),
        ({"command": "W"}, "IR-101"),
        ({"command": "G"}, "E-103"),
    ):
        said = await stage.merchant.call(**(good | changes))
        found = ERRORS.search(said)
        assert found is not None, said
        assert (found[0], said.startswith(code)) == (code, True), (changes, said)
    await stage.settles()
    assert anna.has_silence()


async def test_reply_1_and_reply_0_name_the_same_registration(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    for reply, id_, extra in (("1", mo["id"], {"command": "W"}), ("0", f"{mo['id']}|c1", {})):
        text = WELCOME if extra else CONTENT
        said = await stage.merchant.call(
            **{
                "number": ANNA,
                "message": text,
                "title": "543",
                "reply": reply,
                "id": id_,
                "network": mo["network"],
                "value": "0.00",
                "currency": "CHF",
                "smscat": "991",
                "encoding": "utf-8",
                **extra,
            }
        )
        assert said == "SUCCESS"
        await anna.gets(text[:20], sender="543")


async def test_text_in_the_encoding_that_the_call_names(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    account = f"cc={stage.merchant.cc}&ekey={stage.merchant.ekey}&number={ANNA}&value=0&currency=CHF"
    async with httpx.AsyncClient(trust_env=False) as client:
        for id_, rest, heard in (
            ("e1", "message=5%20%E2%82%AC", "5 €"),
            ("e2", "encoding=iso-8859-1&message=Gr%FCezi", "Grüezi"),
            ("e3", "encoding=utf-8&message=%C4%86evapi", "Ćevapi"),
        ):
            url = f"http://{stage.server.http_address}/gateway?{account}&id={mo['id']}%7C{id_}&{rest}"
            assert (await client.get(url)).text == "SUCCESS"
            await anna.gets(heard, sender="543")


async def test_no_key_and_no_text_gets_into_the_logs(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.merchant.answers_next(type(stage.merchant.usual_answer)(status=500, body="no"), times=3)
    assert await stage.merchant.content(mo, "Geheimnis 4711", callback_id="c1") == "SUCCESS"
    await anna.gets("Geheimnis 4711", sender="543")
    await stage.merchant.call(number=ANNA, message="Geheimnis 4712", id="1|1", value="0", currency="CHF")
    await stage.passes(minutes=5)
    out, err = capfd.readouterr()
    lines = [
        f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name.startswith("smsc")
    ]
    assert lines
    heard = "\n".join([*lines, out, err])
    for secret in (stage.merchant.ekey, "Geheimnis"):
        assert secret not in heard
