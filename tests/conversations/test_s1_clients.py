"""S1: `/crmtext` as its public clients call it: form over POST or query over GET, XML read by tag and attribute."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import httpx

from tests.conversations.s1 import IN, JOE, LIZ, LOCAL, MARKETING, Client, joins
from tests.stage import Stage

FORM = "application/x-www-form-urlencoded"
MESSAGE = ["msgID", "message", "timestamp", "txnid", "msg_direction"]
CUSTOMER = ["custId", "subacct", "timestamp", "optinStatus", "custName", "custMobile"]


def basic(stage: Stage, keyword: str = "PIZZA") -> str:
    """base64 of user:password:KEYWORD."""
    said = f"{stage.pizza.cc}:{stage.pizza.ekey}:{keyword.upper()}"
    return base64.b64encode(said.encode()).decode()


async def call(
    stage: Stage, params: Mapping[str, str], *, headers: Mapping[str, str], method: str = "POST"
) -> httpx.Response:
    """One request: a form for POST, a query for GET."""
    url, said = f"http://{stage.server.http_address}/crmtext/smapi/rest", urlencode(params)
    async with httpx.AsyncClient(trust_env=False) as client:
        if method == "POST":
            return await client.post(url, content=said, headers={"Content-Type": FORM, **headers})
        return await client.request(method, f"{url}?{said}", headers=headers)


async def python_client(stage: Stage, **params: str) -> Element:
    """As python-crmtext: a form over POST, the answer's tree whatever the status."""
    answer = await call(stage, params, headers={"Authorization": f"Basic {basic(stage)}"})
    return fromstring(answer.content)


async def java_client(stage: Stage, **params: str) -> Element:
    """As crmtext-java: it calls its form XML, sends what it does not know as empty, drops a leading 1."""
    headers = {
        "Authorization": f"Basic {basic(stage)}",
        "Accept": "application/xml",
        "Content-Type": "application/xml",
    }
    answer = await call(stage, params, headers=headers)
    assert answer.status_code == 200
    return fromstring(answer.content)


async def get_client(stage: Stage, **params: str) -> Element:
    """Everything in the query of a GET."""
    answer = await call(stage, params, headers={"Authorization": f"Basic {basic(stage)}"}, method="GET")
    return fromstring(answer.content)


async def test_S1_the_public_clients_opt_in_send_and_read(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    asked = await java_client(stage, method="optincustomer", phone_number=LOCAL, firstname="", lastname="")
    assert (asked.tag, dict(asked.attrib)) == (
        "response",
        {"op": "optincustomer", "status": "200", "message": "Success"},
    )
    assert asked.findtext("customer/optinStatus") == "4"
    await liz.gets("Reply YES", sender="77007")
    await liz.texts("Yes", to="77007")
    await liz.gets(IN)
    sent = await java_client(
        stage, method="sendsmsmsg", phone_number=LOCAL, message="Lunch: 5 € & a drink", mmsurl=""
    )
    (message,) = sent
    assert message.tag == "message" and [one.tag for one in message][: len(MESSAGE)] == MESSAGE
    assert message.findtext("msg_direction") == "MT" and message.findtext("user_id") == "pizza"
    assert message.findtext("timestamp") == "2026-03-02 04:00:00", "Pacific time"
    customer = message.find("customer")
    assert customer is not None and [one.tag for one in customer] == CUSTOMER
    assert (customer.findtext("custMobile"), customer.findtext("optinStatus")) == (LOCAL, "3")
    await liz.gets("Lunch: 5 € & a drink")
    again = await python_client(
        stage, method="sendsmsmsg", phone_number=LOCAL, message="Lunch: 5 € & a drink"
    )
    assert again.get("status") == "400" and (again.get("message") or "").startswith("Duplicate")
    read = await python_client(
        stage,
        method="getcustmsgsbymobile",
        phone_number=LOCAL,
        startdate="2026-03-02T00:00:00",
        enddate="2026-03-02",
        startcount="0",
        msgcount="10",
    )
    ways = [
        (one.findtext("msg_direction"), one.findtext("message")) for one in read.iter("message") if len(one)
    ]
    assert ("MO", "Yes") in ways and ("MT", "Lunch: 5 € & a drink") in ways
    info = await get_client(stage, method="getcustomerinfo", phone_number="1-415-555-0123")
    assert info.findtext("customer/optinStatus") == "3"
    await java_client(stage, method="optoutcustomer", phone_number=LOCAL)
    await liz.gets("you are unsubscribed")
    refused = await python_client(stage, method="sendsmsmsg", phone_number=LOCAL, message="Hello?")
    assert dict(refused.attrib) == {"op": "sendsmsmsg", "status": "400", "message": "Customer is Opted-Out"}


async def test_S1_customers_come_in_pages(stage: Stage) -> None:
    numbers = ["14155550101", "14155550102", "14155550103"]
    for number in numbers:
        await joins(stage, stage.handset(number))
    pages = []
    for offset in ("0", "2", "4"):
        found = await get_client(stage, method="getcustbystatus", status="3", offset=offset, count="2")
        pages.append([one.text for one in found.iter("custMobile")])
    assert pages == [["4155550101", "4155550102"], ["4155550103"], []]
    for wrong in ({"status": "3", "count": "-1"}, {"status": "3", "offset": "x"}, {}):
        assert (await get_client(stage, method="getcustbystatus", **wrong)).get("status") == "400"


async def test_S1_everything_that_came_for_the_store_is_listed(stage: Stage) -> None:
    """Keywords and responders of strangers; a code that several stores share is nobody's."""
    liz, joe = stage.handset(LIZ), stage.handset(JOE)
    await joins(stage, liz)
    await joe.texts("HOURS", to=MARKETING)
    await joe.gets("Open 11 to 11")
    await joe.texts("What is this?", to="77008")
    await joe.texts("SALON", to=MARKETING)
    await joe.gets(IN)
    await liz.texts("Hello", to="77007")
    await stage.pizza.gets(message="Hello")
    found = await python_client(stage, method="getinboundmsgs", startdate="2026-03-02", enddate="2026-03-02")
    came = [(one.findtext("custMobile"), one.findtext("message")) for one in found if one.tag == "message"]
    assert came == [(LOCAL, "PIZZA"), (JOE[1:], "HOURS"), (LOCAL, "Hello")]
    sent = await python_client(stage, method="getoutboundmsgs", startdate="2026-03-02", enddate="2026-03-02")
    assert [one.findtext("custMobile") for one in sent if one.tag == "message"] == [LOCAL, JOE[1:]]


async def test_S1_the_link_of_mmsurl_stands_below_the_text(stage: Stage) -> None:
    liz, pizza = stage.handset(LIZ), Client(stage, stage.pizza, "PIZZA")
    await joins(stage, liz)
    link = "https://pizza.example/lunch.png"
    assert (await pizza.asks(method="sendsmsmsg", phone_number=LOCAL, message="Look!", mmsurl=link)).get(
        "status"
    ) == "200"
    assert (await liz.gets("Look!")).text == f"Look!\n{link}"
    assert (await pizza.asks(method="sendsmsmsg", phone_number=LOCAL, mmsurl=link)).get("status") == "200"
    assert (await liz.gets(link)).text == link
    long = await pizza.asks(method="sendcampaign", name="x", message="x" * 1590, mmsurl=link)
    assert long.get("status") == "400" and "more than 1600 characters" in (long.get("message") or "")


async def test_S1_credentials_as_old_encoders_write_them_and_what_is_none(stage: Stage) -> None:
    token, ask = basic(stage), {"method": "getcallback"}
    half = len(token) // 2
    for good in (token.rstrip("="), f"{token[:half]} {token[half:]}", basic(stage, " pizza ")):
        answer = await call(stage, ask, headers={"Authorization": f"basic  {good}"})
        assert answer.status_code == 200 and 'status="200"' in answer.text, good
    plain = base64.b64encode(b"pizza:PIZZA").decode()
    for bad in (
        "",
        "Basic",
        f"Bearer {token}",
        "Basic %%%",
        f"Basic {plain}",
        "Basic " + "A" * 600,
        "Basic /w==",
    ):
        answer = await call(stage, ask, headers={"Authorization": bad})
        assert answer.status_code == 401 and fromstring(answer.content).get("status") == "401", bad
        assert answer.headers["www-authenticate"].startswith("Basic")
    right = {"Authorization": f"Basic {token}"}
    assert (await call(stage, ask, headers=right, method="PUT")).status_code == 405
    assert "method is missing" in (await call(stage, {}, headers=right)).text
    for name in ("optincustomer", "optoutcustomer", "sendsmsmsg", "getcustomerinfo", "getcustmsgsbymobile"):
        found = fromstring((await call(stage, {"method": name}, headers=right)).content)
        assert dict(found.attrib) == {
            "op": name,
            "status": "400",
            "message": "phone_number must have 10 digits",
        }
