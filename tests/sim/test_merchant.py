"""The simulated merchant: what it receives, how it answers, how it calls the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from smsc.sim.astro import Astro, Programme
from smsc.sim.merchant import Answer, Merchant
from smsc.sim.record import Record
from smsc.sim.web import WebServer

ANNA = "41790000123"
OPT_IN = {
    "action": "mpush_ir_message",
    "id": "77",
    "number": ANNA,
    "message": "Horoskop",
    "keyword": "HOROSKOP",
    "shortcode": "543",
    "network": "SWISSCOM8CH4",
}
STOP = OPT_IN | {"id": "78", "message": "ask horoskop stop", "keyword": ""}


class Gateway:
    """Stands where the server stands: records the calls and answers SUCCESS."""

    def __init__(self) -> None:
        self.calls: Record[dict[str, str]] = Record()
        self.web = WebServer(Starlette(routes=[Route("/gateway", self.take, methods=["GET", "POST"])]))

    async def take(self, request: Request) -> PlainTextResponse:
        form = await request.form()
        self.calls.append({**request.query_params, **{key: str(value) for key, value in form.items()}})
        return PlainTextResponse("SUCCESS")


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[Gateway, str]]:
    gateway = Gateway()
    yield gateway, await gateway.web.start()
    await gateway.web.stop()


@pytest.fixture
async def merchant(gateway: tuple[Gateway, str]) -> AsyncIterator[Merchant]:
    merchant = Merchant(gateway[1], cc="astro", ekey="secret")
    await merchant.start()
    yield merchant
    await merchant.stop()


async def told(merchant: Merchant, fields: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(merchant.url, data=fields)


async def test_a_callback_is_answered_ok_and_handed_out_once(merchant: Merchant) -> None:
    answer = await told(merchant, OPT_IN)
    assert (answer.status_code, answer.text) == (200, "OK")
    mo = await merchant.gets(action="mpush_ir_message", message="Horoskop", timeout=1)
    assert mo["number"] == ANNA
    assert merchant.has_silence()
    with pytest.raises(AssertionError, match="no callback"):
        await merchant.gets(message="Horoskop", timeout=0)


async def test_a_callback_nobody_waited_for_breaks_the_silence(merchant: Merchant) -> None:
    await told(merchant, OPT_IN)
    with pytest.raises(AssertionError, match="Horoskop"):
        merchant.has_silence()


async def test_answers_are_programmable_and_then_usual_again(merchant: Merchant) -> None:
    merchant.answers_next(Answer(status=500, body="no"), times=2)
    merchant.answers_next(Answer(body="THANKS"))
    answers = [await told(merchant, OPT_IN) for _ in range(4)]
    assert [(a.status_code, a.text) for a in answers] == [
        (500, "no"),
        (500, "no"),
        (200, "THANKS"),
        (200, "OK"),
    ]


async def test_down_refuses_connections_and_up_listens_where_it_did(merchant: Merchant) -> None:
    url = merchant.url
    await merchant.goes_down()
    with pytest.raises(httpx.ConnectError):
        await told(merchant, OPT_IN)
    await merchant.comes_up()
    assert merchant.url == url
    assert (await told(merchant, OPT_IN)).text == "OK"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_gateway_calls_carry_the_registration_and_the_key(
    merchant: Merchant, gateway: tuple[Gateway, str], method: str
) -> None:
    merchant.method = method
    await told(merchant, OPT_IN)
    mo = await merchant.gets(timeout=1)
    assert await merchant.welcome(mo, "Willkommen", callback_id="1") == "SUCCESS"
    assert await merchant.content(mo, "Mond & Venus", callback_id="2", value="3.00") == "SUCCESS"
    assert await merchant.goodbye(mo, "Tschuess", callback_id="3") == "SUCCESS"
    welcome, content, goodbye = gateway[0].calls.all()
    assert (welcome["id"], welcome["command"], welcome["value"]) == ("77|1", "W", "0.00")
    assert (content["message"], content["value"], content["currency"]) == ("Mond & Venus", "3.00", "CHF")
    assert content["network"] == "SWISSCOM8CH4"
    assert "command" not in content
    assert (goodbye["id"], goodbye["command"]) == ("77|3", "G")
    assert all((call["cc"], call["ekey"]) == ("astro", "secret") for call in (welcome, content, goodbye))
    assert not any("ekey" in call.params for call in merchant.calls.all())


async def test_an_unreachable_gateway_is_recorded_as_a_call_without_answer(merchant: Merchant) -> None:
    merchant.gateway = "http://127.0.0.1:1"
    with pytest.raises(httpx.ConnectError):
        await merchant.call(number=ANNA)
    assert merchant.calls.all()[-1].body == "no answer: ConnectError"


async def test_astro_welcomes_sends_and_says_goodbye_with_the_opt_ins_id(
    merchant: Merchant, gateway: tuple[Gateway, str]
) -> None:
    astro = Astro(merchant, Programme(contents=2, every_s=0))
    astro.start()
    await told(merchant, OPT_IN)
    await told(merchant, OPT_IN)  # a repeated callback is heard once
    await gateway[0].calls.find(lambda number, _: number == 3, timeout=5)
    await told(merchant, STOP)
    await gateway[0].calls.find(lambda number, _: number == 4, timeout=5)
    await astro.stop()
    calls = gateway[0].calls.all()
    assert [(call.get("command", ""), call["value"]) for call in calls] == [
        ("W", "0.00"),
        ("", "3.00"),
        ("", "3.00"),
        ("G", "0.00"),
    ]
    assert {call["id"].split("|")[0] for call in calls} == {"77"}
    assert len({call["id"] for call in calls}) == 4
