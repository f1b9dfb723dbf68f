"""Why, at every door and for every end: refused calls, MOs that led to nothing, MTs that did not arrive."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsc.http.refusals import HEADER
from smsc.optin import Book, Decision
from smsc.optin.events import Event
from smsc.optin.standing import Standing
from smsc.pipeline import batch
from tests.conversations.explaining import asks_api, explained, refused, smsc
from tests.conversations.s1 import LIZ, LOCAL, joins
from tests.conversations.s2 import CONTENT, stops, subscribes
from tests.conversations.s4 import ANNA as INVITED
from tests.conversations.s4 import CODE, LOCATE, open_invited
from tests.http.v1_stage import open_api
from tests.stage import ANNA, STRANGER, Stage

REVIEWED = "hello could you please stop sending me all of these things thank you"


def failing(book: Book, standing: Standing, event: Event, now: datetime) -> Decision:
    """An engine with an error of ours in it."""
    raise ZeroDivisionError


async def of_door(stage: Stage, path: str, **form: str) -> tuple[int, dict[str, Any]]:
    """A refused call of a drop-in door: its status, and what explains it."""
    account = {"username": stage.merchant.cc, "password": stage.merchant.ekey, "from": "543", "to": ANNA}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"http://{stage.server.http_address}{path}", data=account | form)
    return answer.status_code, await explained(stage, answer.headers[HEADER])


async def test_MT2_drop_in_doors_name_the_refusal_in_a_header(stage: Stage) -> None:
    await subscribes(stage, stage.handset(ANNA))
    status, found = await of_door(stage, "/cgi-bin/sendsms", text="x", value="9.00", currency="CHF")
    assert (status, found["door"], found["rule"]) == (403, "kannel", "MT4")
    status, found = await of_door(stage, "/cgi-bin/sendsms", text="")
    assert (status, found["answered"], found["because"]) == (400, "400", "the text is empty")
    status, found = await of_door(stage, "/send", content="x", to=STRANGER)
    assert (status, found["door"], found["records"][0]["found"]) == (403, "jasmin", "none")


async def test_OO3_a_stores_refused_text_is_explained_by_its_stop(stage: Stage) -> None:
    liz = stage.handset(LIZ)
    confirmation = await joins(stage, liz)
    await liz.texts("STOP", to=confirmation.sender)
    await stage.pizza.gets(message="STOP")
    token = base64.b64encode(f"{stage.pizza.cc}:{stage.pizza.ekey}:PIZZA".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    form = {"method": "sendsmsmsg", "phone_number": LOCAL, "message": "Two for one"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        url = f"http://{stage.server.http_address}/crmtext"
        answer = await client.post(url, data=form)
        broken = await client.post(url, data=form | {"message": ""})
    found = await explained(stage, answer.headers[HEADER])
    assert (found["door"], found["command"], found["answered"]) == ("crmtext", "sendsmsmsg", "400")
    assert (found["rule"], found["records"][0]["state"]) == ("OO3", "opted_out")
    assert (await explained(stage, broken.headers[HEADER]))["because"] == "message is empty"


async def test_MT2_problems_of_the_native_api_lead_to_their_explanation(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        await api.subscriber()
        astro, rival, operator = (
            await api.program(),
            await api.program("rival"),
            await api.program("@operator"),
        )
        said = (await astro.sends(price={"amount": "9.00", "currency": "CHF"})).json()
        found = (await astro.gets(said["instance"])).json()
        assert (found["id"], found["rule"], found["answered"]) == (said["id"], "MT4", said["code"])
        assert (await operator.gets(said["instance"])).json() == found
        assert (await rival.gets(said["instance"])).status_code == 404
        yen = (await astro.sends(price={"amount": "3.50", "currency": "JPY"})).json()
        assert (await astro.gets(yen["instance"])).json()["rule"] == "CH1"
        items = (await astro.gets("/v1/explain", msisdn=ANNA)).json()["items"]
        assert {items[0]["id"], items[1]["id"]} == {said["id"], yen["id"]} and {
            one["what"] for one in items
        } == {"MO", "MT", "refused call"}
        assert (await rival.gets("/v1/explain", msisdn=ANNA)).json() == {"items": []}


async def test_OI5_a_refused_invitation_names_the_block_and_since_when(tmp_path: Path) -> None:
    async with open_invited(tmp_path) as invited:
        anna = invited.handset()
        await invited.accepts(anna)
        await anna.texts("STOP", to=CODE)
        await anna.gets("LOCATE of Finder Inc is ended")
        body = {"campaign": LOCATE, "msisdn": INVITED}
        problem = (await invited.finder.client.post("/v1/invitations", json=body)).json()
        found = (await invited.finder.client.get(problem["instance"])).json()
        assert (found["rule"], found["answered"]) == ("OI5", "blocked")
        block = found["records"][0]
        assert (block["record"], block["scope"]) == ("block", "invite") and block["since"] and block["by"]


async def test_RT7_what_leads_to_nothing_names_its_limit_and_a_review_its_state(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    stranger = stage.handset(STRANGER)
    await stranger.texts("hello", to="543")
    await stranger.gets("Unbekannt")
    await stranger.texts("hello again", to="543")
    await anna.texts(REVIEWED, to="543")
    await stage.handset("ACME").texts("hello", to="543")
    await stage.settles()
    monkeypatch.setattr(batch, "decide", failing)
    await stage.handset(ANNA).texts("HELP", to="543")
    await stage.settles()
    rows = (await stage.server.store.read(lambda r: r.newest_mos(limit=5)))[::-1]
    first, again, review, name, parked = [await explained(stage, row.mo.id) for row in rows]
    assert first["rule"] == "RT7" and "got the code's unknown reply" in first["because"]
    assert (again["rule"], again["records"][0]["id"]) == ("RT7", first["id"])
    assert (review["rule"], review["records"][-1]["state"]) == ("RT5b", "open")
    assert (parked["rule"], parked["taken_for"]) == ("D4", "parked")
    assert "never gets an automatic reply" in name["because"]
    assert (await asks_api(stage, "astro", f"/v1/explain/{again['id']}")).status_code == 404


async def test_OO3_an_mt_that_did_not_arrive_names_what_ended_it(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("refused", msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", action="mp_report")
    stage.carrier.does_next("undeliv", msisdn=ANNA)
    assert await stage.merchant.content(mo, "zwei", callback_id="c2") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c2", report="FAILED")
    stage.carrier.does_next("dropped", msisdn=ANNA)
    before = stage.carrier.events.last
    assert await stage.merchant.content(mo, "drei", callback_id="c3") == "SUCCESS"
    await stage.rebinds(beyond=before)
    await stage.passes(minutes=1)
    stage.carrier.does_next("throttled", msisdn=ANNA, billed=True)
    assert await stage.merchant.content(mo, "vier", callback_id="c4") == "SUCCESS"
    await stage.settles()
    stop = await stops(stage, anna)
    await stage.settles()
    rows = {row.full_id.partition("|")[2]: row for row in await stage.mts(ANNA)}
    refused_, failed, doubt, gone = [await explained(stage, rows[c].mt.id) for c in ("c1", "c2", "c3", "c4")]
    assert refused_["rule"] == "MT6a" and "ESME_RINVDSTADR" in refused_["because"]
    assert (failed["rule"], failed["records"][0]["record"]) == ("RP3", "receipt")
    assert failed["cause"].startswith("astro ordered it by call")
    assert (doubt["state"], doubt["rule"]) == ("in_doubt", "CH3") and doubt["cause"]
    assert (gone["state"], gone["rule"], gone["records"][0]["ref"]) == ("cancelled", "OO3", stop["id"])
    _, number = await refused(stage, mo)
    listed = await smsc(stage, "explain", "--msisdn", ANNA)
    assert f"{number}  refused call BARRED  OO3:" in listed.splitlines()[0]
    assert f"{rows['c1'].mt.id}  MT failed  MT6a:" in listed and stop["id"] in listed
    assert json.loads(await smsc(stage, "explain", "--msisdn", ANNA, "--json"))[0]["id"] == number
    await smsc(stage, "explain", code=2)
    await smsc(stage, "explain", number, "--msisdn", ANNA, code=2)
