"""Clients of Kannel and Jasmin send as they always did, and hear of their messages as they always did."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from smsc.sim.merchant import Answer
from tests.conversations.s2 import GOODBYE, subscribes
from tests.stage import ANNA, STRANGER, Stage

DLR = "&dlr-mask=31&dlr-url="


async def kannel(stage: Stage, query: str, **headers: str) -> tuple[int, str]:
    """GET /cgi-bin/sendsms as smsbox's clients do; returns status and body."""
    account = f"username={stage.merchant.cc}&password={stage.merchant.ekey}"
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://{stage.server.http_address}/cgi-bin/sendsms?{account}&{query}"
        answer = await client.get(url, headers=headers)
    return answer.status_code, answer.text


async def jasmin(stage: Stage, **form: str) -> tuple[int, str]:
    """POST /send as Jasmin's clients do; returns status and body."""
    account = {"username": stage.merchant.cc, "password": stage.merchant.ekey}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"http://{stage.server.http_address}/send", data=account | form)
    return answer.status_code, answer.text


async def test_kannel_sends_free_content_and_hears_what_became_of_it(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    url = quote(stage.merchant.url.replace("/sms", "/dlr") + "?what=%d&of=%p&by=%P", safe="")
    said = await kannel(stage, f"from=543&to=%2B{ANNA}&text=Gr%C3%BCezi{DLR}{url}")
    assert said == (202, "0: Accepted for delivery")
    await anna.gets("Grüezi", sender="543")
    told = await stage.merchant.gets(what="8")
    assert (told.method, told.path, told["of"], told["by"]) == ("GET", "/dlr", ANNA, "543")
    await stage.merchant.gets(what="1", of=ANNA)


async def test_kannel_bills_what_the_subscriber_agreed_to_and_no_more(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    message = f"from=HOROSKOP&to={ANNA}&text=Widder"
    assert await kannel(stage, f"{message}&value=3.00&currency=CHF") == (202, "0: Accepted for delivery")
    await anna.gets("Widder", sender="543")
    status, why = await kannel(stage, f"{message}&value=9.00&currency=CHF")
    assert (status, why) == (
        403,
        "the subscriber agreed to no such price, or it has no tariff, rejected",
    )
    assert [state for state, _, _ in await stage.charges(ANNA)] == ["pending", "charged"]


async def test_kannel_text_in_other_charsets(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    for query in (
        "coding=2&text=" + quote("Здраво".encode("utf-16-be")),
        "coding=2&charset=UTF-8&text=" + quote("Ćevapi"),
        "charset=ISO-8859-1&text=Gr%FCezi",
    ):
        assert (await kannel(stage, f"from=543&to={ANNA}&{query}"))[0] == 202
    await anna.gets("Здраво", sender="543")
    await anna.gets("Ćevapi", sender="543")
    await anna.gets("Grüezi", sender="543")


async def test_kannel_refuses_in_its_own_words(stage: Stage) -> None:
    await subscribes(stage, stage.handset(ANNA))
    for query, status, words in (
        (f"from=543&to={ANNA}", 400, "the text is empty"),
        ("from=543&text=x", 400, "Empty receiver number not allowed, rejected"),
        ("from=543&to=anna&text=x", 400, "rejected"),
        (f"from=543&to={ANNA}&text=x&coding=3", 400, "coding is 0, 1 or 2"),
        (f"from=543&to={ANNA}&text=%FF", 400, "text is not utf-8"),
        (f"from=543&to={ANNA}&text=x&charset=zlib", 400, "charset is one of"),
        (f"from=543&to={ANNA}&text=x&value=3.00", 400, "currency"),
        (f"from=543&to={ANNA}&text=x&dlr-mask=31&dlr-url=gopher://x", 400, "dlr-url"),
        (f"from=543&to={ANNA}&text=x&dlr-mask=99", 400, "dlr-mask"),
        (f"from=543&to={STRANGER}&text=x", 403, "the number is not opted in, rejected"),
        (f"from=544&to={ANNA}&text=x", 403, "the number is not opted in, rejected"),
        (f"from=543&to={ANNA}&text=x&password=wrong", 403, "Authorization failed for sendsms"),
    ):
        assert (status, True) == ((said := await kannel(stage, query))[0], words in said[1]), (query, said)


async def test_several_opt_ins_on_a_code_need_the_keyword_and_a_stop_is_final(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await anna.texts("SPRUCH", to="543")
    await anna.gets("START SPRUCH an 543", sender="543")
    await anna.texts("START SPRUCH", to="543")
    await stage.merchant.gets(message="SPRUCH", number=ANNA)
    status, why = await kannel(stage, f"from=543&to={ANNA}&text=x")
    assert (status, why) == (
        403,
        "the number is active in HOROSKOP and SPRUCH: say which, like from=HOROSKOP, rejected",
    )
    assert (await kannel(stage, f"from=spruch&to={ANNA}&text=Spruch"))[0] == 202
    await anna.gets("Spruch", sender="543")
    await anna.texts("STOP HOROSKOP", to="543")
    await stage.merchant.gets(message="ask horoskop stop", number=ANNA)
    assert await stage.merchant.goodbye(mo, GOODBYE, callback_id="g1") == "SUCCESS"
    status, why = await kannel(stage, f"from=HOROSKOP&to={ANNA}&text=x")
    assert (status, why) == (403, "the subscriber has sent STOP, rejected")


async def test_jasmin_sends_and_is_called_back_until_it_says_ack(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    url = stage.merchant.url.replace("/sms", "/ack")
    asks = {"dlr": "yes", "dlr-url": url, "dlr-level": "3", "dlr-method": "POST"}
    status, body = await jasmin(stage, to=ANNA, content="Widder", **{"from": "543"}, **asks)
    assert status == 200
    assert body.startswith('Success "')
    assert body.endswith('"')
    number = body[9:-1]
    await anna.gets("Widder", sender="543")
    await stage.merchant.gets(id=number, level="1", message_status="ESME_ROK")
    stage.merchant.usual_answer = Answer(
        body="ACK/Jasmin"
    )  # OK was not enough: it comes again, the end after it
    await stage.passes(minutes=1)
    await stage.merchant.gets(id=number, level="1", message_status="ESME_ROK")
    end = await stage.merchant.gets(id=number, level="2", message_status="DELIVRD")
    assert (end.method, end.path, end["dlvrd"], end["err"]) == ("POST", "/ack", "001", "000")
    await stage.passes(hours=1)
    assert [one for one in stage.merchant.untold() if one["level"]] == []


async def test_jasmin_refuses_in_its_own_words(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    good = {"to": ANNA, "from": "543", "content": "x"}
    for changes, status, words in (
        ({"to": ""}, 400, 'Error "Mandatory argument [to] is not found."'),
        ({"coding": "9"}, 400, 'Error "Argument [coding] is one of'),
        ({"hex-content": "xyz"}, 400, 'Error "Argument [hex-content]'),
        ({"dlr": "yes", "dlr-url": "http://", "dlr-level": "3"}, 400, 'Error "dlr-url'),
        ({"dlr": "yes", "dlr-url": "http://a", "dlr-level": "7"}, 400, 'Error "Argument [dlr-level]'),
        ({"to": STRANGER}, 403, 'Error "the number is not opted in"'),
        ({"password": "wrong"}, 403, f'Error "Authentication failure for username:{stage.merchant.cc}"'),
    ):
        said = await jasmin(stage, **(good | changes))
        assert (said[0], said[1].startswith(words)) == (status, True), said
    assert (await jasmin(stage, to=ANNA, coding="8", **{"hex-content": "04170434"}))[0] == 200
    await anna.gets("Зд", sender="543")


async def test_a_restart_keeps_where_a_message_is_reported(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    url = quote(stage.merchant.url.replace("/sms", "/dlr") + "?what=%d", safe="")
    await stage.merchant.goes_down()
    assert (await kannel(stage, f"from=543&to={ANNA}&text=x&dlr-mask=1&dlr-url={url}"))[0] == 202
    await anna.gets("x", sender="543")
    await stage.settles()
    await stage.server.stop()
    await stage.merchant.comes_up()
    await stage.server_starts()
    await stage.passes(minutes=2)
    assert (await stage.merchant.gets(what="1")).path == "/dlr"
