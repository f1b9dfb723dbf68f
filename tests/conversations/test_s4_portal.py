"""SP1: the portal. A number is proven by a one-time code; its owner sees, ends, blocks, lifts, takes the data home."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from smsc.sim.handset import Handset
from tests.conversations.s4 import ANNA, BEAT, CODE, LOCATE, Invited, open_invited

FAMILY = "77010/FAMILY"


@pytest.fixture
async def s4(tmp_path: Path) -> AsyncIterator[Invited]:
    async with open_invited(tmp_path) as opened:
        yield opened


@pytest.fixture
async def browser(s4: Invited) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://{s4.stage.server.http_address}"
    async with httpx.AsyncClient(base_url=base, trust_env=False, follow_redirects=True) as client:
        yield client


async def asks_for_code(browser: httpx.AsyncClient, handset: Handset) -> str:
    """Ask for a code; returns it as the handset got it."""
    page = await browser.post("/portal/code", data={"number": f"+{handset.msisdn}"})
    assert page.status_code == 200 and "six digits" in page.text
    message = await handset.gets("is your code for https://sms.example/portal", sender=CODE)
    found = re.match(r"\d{6}", message.text)
    assert found
    return found[0]


async def logs_in(browser: httpx.AsyncClient, handset: Handset) -> str:
    """Log in; returns the page."""
    code = await asks_for_code(browser, handset)
    page = await browser.post("/portal/enter", data={"number": handset.msisdn, "code": code})
    assert page.status_code == 200 and f"+{handset.msisdn}" in page.text
    return page.text


async def does(browser: httpx.AsyncClient, page: str, act: str, **fields: str) -> httpx.Response:
    """Send one of the page's forms."""
    proof = re.search(r'name="proof" value="([0-9a-f]+)"', page)
    assert proof
    return await browser.post("/portal/do", data={"proof": proof[1], "act": act, **fields})


async def test_SP1_the_first_log_in_makes_the_account_and_the_block_is_lifted_there(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    anna = s4.handset()
    await s4.finder.invited(callback="none")
    await anna.gets("invites you to LOCATE")
    await anna.texts("STOP", to=CODE)
    await anna.gets("LOCATE of Finder Inc is ended")
    assert not await s4.has_account()
    page = await logs_in(browser, anna)
    assert await s4.has_account() and "Blocked." in page and "LOCATE" in page
    lifted = await does(browser, page, "lift")
    assert "The block is lifted." in lifted.text and "Allowed." in lifted.text
    assert (await s4.ledger())[-1] == ("lifted", "portal")
    await s4.finder.invited(callback="none")
    await anna.gets("invites you to LOCATE")


async def test_SP1_opt_ins_are_listed_with_their_history_and_ended_one_or_all(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    await s4.accepts(anna, "FAMILY")
    page = await logs_in(browser, anna)
    assert "Finder Inc invites you to LOCATE." in page and "Answer: Y LOCATE" in page
    assert "Rival Maps" in page and "End all 2" in page
    ended = await does(browser, page, "end", campaign=LOCATE)
    assert "That opt-in is ended." in ended.text
    await anna.gets("LOCATE of Finder Inc is ended")
    assert (await s4.stage.state(ANNA, LOCATE), await s4.stage.state(ANNA, FAMILY)) == ("opted_out", "active")
    assert await s4.blocks() == []
    await does(browser, page, "end_all")
    await anna.gets("FAMILY of Rival Maps is ended")
    assert await s4.stage.state(ANNA, FAMILY) == "opted_out"
    assert (await s4.ledger())[-1] == ("opted_out", "portal")


async def test_SP1_the_block_is_set_in_the_portal(s4: Invited, browser: httpx.AsyncClient) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    page = await logs_in(browser, anna)
    await does(browser, page, "block")
    assert await s4.blocks() == [("invite", "")]
    assert await s4.stage.state(ANNA, LOCATE) == "active"


async def test_SP1_the_data_is_downloaded_and_the_account_closed(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    page = await logs_in(browser, anna)
    data = (await browser.get("/portal/data")).json()
    assert data["msisdn"] == ANNA and data["chain_holds"] is True
    assert [c["state"] for c in data["consents"]] == ["pending", "active"]
    assert data["consents"][1]["answered"] == "Y LOCATE"
    closed = await does(browser, page, "close")
    assert "Send me a code" in closed.text and "Your account is closed." in closed.text
    assert not await s4.has_account()
    assert await s4.stage.state(ANNA, LOCATE) == "active"
    assert "Send me a code" in (await browser.get("/portal")).text


async def test_SP1_a_code_is_good_once_for_ten_minutes_and_five_tries(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    anna = s4.handset()
    code = await asks_for_code(browser, anna)

    async def tries(given: str, number: str = ANNA) -> int:
        answer = await browser.post(
            "/portal/enter", data={"number": number, "code": given}, follow_redirects=False
        )
        return answer.status_code

    assert await tries("000000" if code != "000000" else "111111") == 403
    assert await tries(code, BEAT) == 403
    assert await tries(code) == 303
    assert await tries(code) == 403, "used up"
    await s4.stage.passes(seconds=61)
    late = await asks_for_code(browser, anna)
    await s4.stage.passes(minutes=10, seconds=1)
    assert await tries(late) == 403, "too late"
    guessed = await asks_for_code(browser, anna)
    for _ in range(5):
        assert await tries("xxxxxx") == 403
    assert await tries(guessed) == 403, "void after five wrong tries"


async def test_SP1_codes_are_limited_to_one_a_minute_and_five_a_day(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    anna = s4.handset()
    await asks_for_code(browser, anna)
    silent = await browser.post("/portal/code", data={"number": ANNA})
    assert silent.status_code == 200 and "six digits" in silent.text
    await s4.stage.settles()
    assert anna.has_silence()
    for _ in range(4):
        await s4.stage.passes(seconds=61)
        await asks_for_code(browser, anna)
    await s4.stage.passes(seconds=61)
    await browser.post("/portal/code", data={"number": ANNA})
    await s4.stage.settles()
    assert anna.has_silence()


async def test_SP1_one_address_cannot_have_codes_sent_to_everybody(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    answers = [
        (await browser.post("/portal/code", data={"number": f"4179123{n:04}"})).status_code for n in range(12)
    ]
    assert answers == [200] * 10 + [429] * 2
    await s4.stage.settles()


async def test_SP1_a_form_of_another_site_does_nothing(s4: Invited, browser: httpx.AsyncClient) -> None:
    anna = s4.handset()
    await s4.accepts(anna)
    page = await logs_in(browser, anna)
    forged = await browser.post("/portal/do", data={"act": "end_all", "proof": "0" * 64})
    assert forged.status_code == 403
    proof = re.search(r'name="proof" value="([0-9a-f]+)"', page)
    assert proof
    crossed = await browser.post(
        "/portal/do",
        data={"act": "end_all", "proof": proof[1]},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert crossed.status_code == 403
    assert await s4.stage.state(ANNA, LOCATE) == "active"


async def test_SP1_the_cookie_is_out_of_reach_and_ends_with_the_visit(
    s4: Invited, browser: httpx.AsyncClient
) -> None:
    anna = s4.handset()
    code = await asks_for_code(browser, anna)
    entered = await browser.post("/portal/enter", data={"number": ANNA, "code": code}, follow_redirects=False)
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/portal" in cookie
    page = await browser.get("/portal")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"https?://|<script|<img", page.text)
    await s4.stage.passes(minutes=31)
    assert "Send me a code" in (await browser.get("/portal")).text


async def test_SP1_what_people_wrote_is_shown_as_text(s4: Invited, browser: httpx.AsyncClient) -> None:
    anna = s4.handset()
    await s4.finder.invited(callback="none")
    await anna.gets("invites you to LOCATE")
    await anna.texts("Y! <b>", to=CODE)
    await s4.stage.settles()
    page = await logs_in(browser, anna)
    assert "<b>" not in page
    assert (await browser.post("/portal/code", data={"number": "<script>"})).status_code == 422
