"""Stores (S1) send by /v1 what they send by /crmtext, under the same rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from smsc.sms.numbers import Msisdn
from tests.conversations.s1 import LIZ, LOCAL, Client, joins
from tests.http.v1_stage import Api, Program, open_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def sends(program: Program, text: str, *, key: str = "", **more: object) -> httpx.Response:
    return await program.sends(key=key, msisdn=LIZ, campaign="444999/PIZZA", text=text, **more)


async def test_S1_a_text_leaves_from_the_code_that_the_store_has_for_the_number(api: Api) -> None:
    program, liz = await api.program("pizza"), api.stage.handset(LIZ)
    code = (await joins(api.stage, liz)).sender
    asked = await sends(program, "Two for one today", dry_run=True)
    assert (asked.status_code, asked.json()["subscription"]) == (200, "active")
    sent = await sends(program, "Two for one today")
    assert (sent.status_code, sent.json()["campaign"]) == (202, "444999/PIZZA")
    assert (await liz.gets("Two for one today")).sender == code
    row = await api.stage.server.store.read(lambda r: r.mt(int(sent.json()["id"])))
    assert row is not None and (row.mt.msisdn, row.mt.short_code) == (Msisdn(LIZ), code)


async def test_S1_the_same_text_goes_once_in_12_hours_whatever_the_door(api: Api) -> None:
    program, liz = await api.program("pizza"), api.stage.handset(LIZ)
    await joins(api.stage, liz)
    first = await sends(program, "Two for one", key="a")
    again = await sends(program, "Two for one", key="a")
    assert again.headers["Idempotency-Replayed"] == "true" and again.json()["id"] == first.json()["id"]
    refused = await sends(program, "Two for one", key="b")
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate")
    by_xml = Client(api.stage, api.stage.pizza, "PIZZA")
    status, words = await by_xml.sends("Two for one", to=LOCAL)
    assert (status, "Duplicate" in (words or "")) == ("400", True)
    await api.stage.passes(hours=12, minutes=1)
    assert (await sends(program, "Two for one", key="b")).status_code == 202


async def test_S1_who_is_not_opted_in_is_refused_by_where_it_stands(api: Api) -> None:
    program, liz = await api.program("pizza"), api.stage.handset(LIZ)
    stranger = await sends(program, "Hi")  # status 1
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_opted_in")
    store = Client(api.stage, api.stage.pizza, "PIZZA")
    await store.asks(method="optincustomer", phone_number=LOCAL)
    assert await store.status() == "4"
    assert (await sends(program, "Hi")).json()["code"] == "not_opted_in"
    request = await liz.gets("would like to text you")
    await liz.texts("YES", to=request.sender)
    await api.stage.settles()
    assert await store.status() == "3"
    assert (await sends(program, "Hi")).status_code == 202
    await liz.texts("STOP", to=request.sender)
    await api.stage.settles()
    assert await store.status() == "5"
    gone = await sends(program, "Hi again")
    assert (gone.status_code, gone.json()["code"]) == (403, "opted_out")
    billed = await sends(program, "Hi", price={"amount": "1.00", "currency": "USD"})
    assert billed.json()["code"] == "opted_out"
