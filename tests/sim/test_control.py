"""The control APIs of carrier and merchant, and the page's proxy in front of them, over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from smsc.link.board import BindBoard
from smsc.link.dialer import Dialer
from smsc.link.link import Link
from smsc.link.settings import BindSettings
from smsc.sim.carrier import Carrier
from smsc.sim.carrier_control import CarrierControl
from smsc.sim.faults import ENDINGS, OUTCOMES
from smsc.sim.merchant import Merchant
from smsc.sim.merchant_control import MerchantControl, callback_event
from smsc.sim.page import DemoPage, PageSettings
from smsc.sim.record import Record
from smsc.sim.web import WebServer
from smsc.smpp.codes import Command
from smsc.smpp.pdu import Pdu

ANNA = "41790000555"


class Echo:
    """An ESME that answers every MO with itself as an MT."""

    def bound(self, link: Link) -> None: ...
    def unbound(self, link: Link, reason: str) -> None: ...
    def ready(self, link: Link) -> None: ...
    def alert(self, link: Link, pdu: Pdu) -> None: ...
    def response(self, link: Link, context: object, pdu: Pdu) -> None: ...
    def lost(self, link: Link, context: object, *, written: bool, reason: str) -> None: ...

    def late(self, link: Link, context: object, pdu: Pdu) -> None: ...

    def request(self, link: Link, pdu: Pdu) -> None:
        link.respond(pdu)
        if not pdu["esm_class"]:
            back = {"source_addr": pdu["destination_addr"], "destination_addr": pdu["source_addr"]}
            fields = {**back, "short_message": pdu["short_message"], "registered_delivery": 1}
            link.send(Pdu(Command.SUBMIT_SM, fields))


@dataclass
class Stage:
    carrier: Carrier
    carrier_url: str
    merchant: Merchant
    merchant_url: str
    page_url: str
    client: httpx.AsyncClient


@asynccontextmanager
async def bound_carrier() -> AsyncIterator[tuple[Carrier, str]]:
    carrier, closing = Carrier(), asyncio.Event()
    web = WebServer(CarrierControl(carrier, closing).app, closing=closing)
    url = await web.start()
    settings = BindSettings("x", "helvetia", "smsc", "secret", await carrier.listen())
    dialer = Dialer(settings, Echo(), board=BindBoard(), rng=Random(1))
    dialer.start()
    await carrier.is_bound()
    yield carrier, url
    await asyncio.gather(web.stop(), dialer.stop(drain_s=0))
    await carrier.stop(drain_s=0)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with bound_carrier() as (carrier, carrier_url), httpx.AsyncClient(trust_env=False) as client:
        events: Record[dict[str, Any]] = Record()
        merchant = Merchant(on_callback=lambda callback: events.append(callback_event(callback)))
        await merchant.start()
        closing = asyncio.Event()
        merchant_web = WebServer(MerchantControl(merchant, events, closing).app, closing=closing)
        merchant_url = await merchant_web.start()
        page = DemoPage(
            PageSettings(ANNA, "543", {"543": ("HOROSKOP",), "77010": ("Y", "N")}),
            carrier=carrier_url,
            merchant=merchant_url,
        )
        page_web = WebServer(Starlette(routes=page.routes))
        yield Stage(carrier, carrier_url, merchant, merchant_url, await page_web.start(), client)
        await page.close()
        await asyncio.gather(page_web.stop(), merchant_web.stop(), merchant.stop())


async def events_of(stage: Stage, url: str, *, until: str, after: int = 0) -> list[dict[str, Any]]:
    """Server-sent events up to and including the first of the kind `until`."""
    found: list[dict[str, Any]] = []
    async with (
        asyncio.timeout(5),
        stage.client.stream("GET", url, headers={"last-event-id": str(after)}) as stream,
    ):
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if found[-1]["kind"] == until:
                    return found
    raise AssertionError(f"the stream ended without {until}")


async def test_an_mo_is_sent_and_its_answer_told(stage: Stage) -> None:
    answer = await stage.client.post(
        f"{stage.carrier_url}/mo", json={"msisdn": ANNA, "short_code": "543", "text": "HOROSKOP"}
    )
    assert answer.json() == {"command_status": 0, "status": "ESME_ROK"}
    messages = await stage.client.get(
        f"{stage.carrier_url}/messages", params={"msisdn": ANNA, "wait": 5, "after": 1}
    )
    assert {message["kind"] for message in messages.json()["messages"]} <= {"mo", "mt"}


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/mo", {"msisdn": ANNA, "short_code": "543"}, 400, "text"),
        ("/mo", {"msisdn": "", "short_code": "543", "text": "x"}, 400, "msisdn"),
        ("/mo", {"msisdn": ANNA, "short_code": "543", "text": "x", "tries": 0}, 400, "tries"),
        ("/mo", {"msisdn": ANNA, "short_code": "543", "text": "\ud800"}, 400, "text"),
        ("/faults", {"outcome": "nonsense"}, 400, "outcome"),
        ("/faults", {"outcome": "undeliv", "times": 0}, 400, "times"),
    ],
)
async def test_a_bad_request_is_told_what_is_wrong(
    stage: Stage, path: str, body: dict[str, object], status: int, says: str
) -> None:
    answer = await stage.client.post(
        stage.carrier_url + path, content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert says in answer.text


async def test_without_a_link_an_mo_is_refused(stage: Stage) -> None:
    lonely, closing = Carrier(), asyncio.Event()
    web = WebServer(CarrierControl(lonely, closing).app, closing=closing)
    mo = {"msisdn": ANNA, "short_code": "543", "text": "x"}
    answer = await stage.client.post(f"{await web.start()}/mo", json=mo)
    assert (answer.status_code, answer.text) == (503, "no link is up")
    await web.stop()


async def test_faults_are_programmed_over_http(stage: Stage) -> None:
    await stage.client.post(f"{stage.carrier_url}/faults", json={"outcome": "undeliv", "contains": "zwei"})
    for text in ("eins", "zwei"):
        await stage.client.post(
            f"{stage.carrier_url}/mo", json={"msisdn": ANNA, "short_code": "543", "text": text}
        )
    assert [(await stage.carrier.next_mt(ANNA)).outcome for _ in range(2)] == ["DELIVRD", "UNDELIV"]


async def test_every_fault_of_the_carrier_is_programmed_over_http(stage: Stage) -> None:
    async def asks(**fault: object) -> int:
        return (await stage.client.post(f"{stage.carrier_url}/faults", json=fault)).status_code

    assert await asks(status="0x45", contains="eins") == 200
    assert await asks(receipt="ucs2", answer_delay_s=0.01, delay_s=0, contains="zwei") == 200
    for text in ("eins", "zwei"):
        await stage.client.post(
            f"{stage.carrier_url}/mo", json={"msisdn": ANNA, "short_code": "543", "text": text, "copies": 1}
        )
    outcomes = [(await stage.carrier.next_mt(ANNA)).outcome for _ in range(2)]
    assert outcomes == ["ESME_RSUBMITFAIL", "DELIVRD"]
    assert await asks(throttle={"messages": 1, "seconds": 0.01, "status": "0x14"}) == 200
    assert await asks(backwards=2, clear=True) == 200
    assert await asks(hold=False) == 200
    assert await asks(half_open=True) == 200
    assert stage.carrier.links == []
    assert await asks(half_open=False) == 200
    await stage.carrier.is_bound()
    wrong: list[dict[str, object]] = [
        {"status": "x"},
        {"receipt": "x"},
        {"delay_s": -1},
        {"backwards": 0},
        {"throttle": {}},
    ]
    assert [await asks(**fault) for fault in wrong] == [400] * len(wrong)


async def test_the_merchants_answers_are_programmed_over_http(stage: Stage) -> None:
    await stage.client.post(f"{stage.merchant_url}/faults", json={"status": 500, "body": "no"})
    answer = await stage.client.post(stage.merchant.url, data={"action": "mp_report", "number": ANNA})
    assert (answer.status_code, answer.text) == (500, "no")
    heard = await stage.client.get(f"{stage.merchant_url}/messages", params={"number": ANNA})
    assert heard.json()["messages"][0]["fields"]["action"] == "mp_report"


async def test_the_page_is_served_whole_from_one_origin(stage: Stage) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/demo/page.css", "text/css"),
        ("/demo/page.js", "text/javascript"),
    ):
        answer = await stage.client.get(stage.page_url + path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "http://" not in answer.text
        assert "https://" not in answer.text
    settings = (await stage.client.get(f"{stage.page_url}/demo/settings")).json()
    assert settings["msisdn"] == ANNA
    assert settings["codes"] == {"543": ["HOROSKOP"], "77010": ["Y", "N"]}
    assert [ending for ending, _ in settings["faults"]] == list(ENDINGS)
    assert set(ENDINGS.values()) <= set(OUTCOMES)


async def test_a_text_typed_on_the_page_comes_back_as_an_event(stage: Stage) -> None:
    answer = await stage.client.post(
        f"{stage.page_url}/demo/texts", json={"msisdn": ANNA, "short_code": "543", "text": "Grüezi"}
    )
    assert answer.json()["status"] == "ESME_ROK"
    events = await events_of(stage, f"{stage.page_url}/demo/carrier/events", until="mt")
    assert [event["text"] for event in events if event["kind"] in ("mo", "mt")] == ["Grüezi", "Grüezi"]
    seen = stage.carrier.events.last
    await stage.client.post(stage.merchant.url, data={"number": ANNA})
    assert await events_of(stage, f"{stage.page_url}/demo/merchant/events", until="callback")
    await stage.carrier.deliver(ANNA, "543", "zwei")
    later = await events_of(stage, f"{stage.page_url}/demo/carrier/events", until="mo", after=seen)
    assert [event["text"] for event in later if event["kind"] == "mo"] == ["zwei"]


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_the_page_takes_no_form_of_another_site(stage: Stage, foreign: dict[str, str]) -> None:
    text, before = {"msisdn": ANNA, "short_code": "543", "text": "Grüezi"}, stage.carrier.events.last
    answer = await stage.client.post(f"{stage.page_url}/demo/texts", data=text, headers=foreign)
    assert (answer.status_code, stage.carrier.events.last) == (403, before)


async def test_the_page_takes_a_form_as_curl_sends_it(stage: Stage) -> None:
    text = {"msisdn": ANNA, "short_code": "543", "text": "Grüezi"}
    answer = await stage.client.post(f"{stage.page_url}/demo/texts", data=text)
    assert answer.json()["status"] == "ESME_ROK"
    plain = {"Content-Type": "text/plain"}
    assert (
        await stage.client.post(f"{stage.page_url}/demo/texts", content=b"{}", headers=plain)
    ).status_code == 415
