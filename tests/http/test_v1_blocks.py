"""Blocks by /v1: a merchant sets and lifts what the block table leaves to it, an operator all but the invite block."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.conversations.s1 import LIZ, joins
from tests.http.v1_stage import Api, Program, open_api
from tests.stage import ANNA

CODE = {"msisdn": ANNA, "scope": "code", "key": "543"}
STORE = {"msisdn": LIZ, "scope": "store", "key": "444999/PIZZA"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def posts(program: Program, body: Mapping[str, object], **more: object) -> httpx.Response:
    return await program.client.post("/v1/blocks", json={**body, **more})


async def test_a_merchant_lifts_a_block_that_it_set(api: Api) -> None:
    await api.subscriber()
    program, operator = await api.program(), await api.program("@operator")
    assert (await posts(program, CODE)).json()["reason"] == "done"
    assert (await posts(program, CODE)).json()["reason"] == "repeated"
    [block] = (await program.gets("/v1/blocks")).json()["blocks"]
    assert (block["msisdn"], block["scope"], block["key"]) == (ANNA, "code", "543")
    assert (await operator.gets("/v1/blocks")).json()["blocks"] == [block]
    assert (await posts(program, CODE, lift=True)).json()["reason"] == "done"
    assert (await program.gets("/v1/blocks")).json() == {"blocks": [], "next": None}


async def test_OO5_what_a_stop_blocked_is_not_a_merchants_to_lift(api: Api) -> None:
    anna, liz = await api.subscriber(), api.stage.handset(LIZ)
    astro, pizza = await api.program(), await api.program("pizza")
    confirmation = await joins(api.stage, liz)
    assert (await posts(astro, CODE)).status_code == 200  # its own, until the subscriber says the same
    await anna.texts("STOP", to="543")
    await liz.texts("STOP", to=confirmation.sender)
    await api.stage.settles()
    for program, body, rule in (
        (astro, CODE, "keyword and confirm word"),
        (pizza, STORE, "YES to optincustomer"),
    ):
        refused = await posts(program, body, lift=True)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_block")
        assert refused.json()["detail"].startswith("OO5: ") and rule in refused.json()["detail"]
    operator = await api.program("@operator")
    assert (await posts(operator, CODE, lift=True)).json()["reason"] == "done"


async def test_S4_the_invite_block_is_nobodys_but_the_subscribers(api: Api) -> None:
    await api.subscriber()
    program, operator = await api.program(), await api.program("@operator")
    body: dict[str, object] = {"msisdn": ANNA, "scope": "invite"}
    for lift in (False, True):
        refused = await posts(program, body, lift=lift)
        assert (refused.status_code, refused.json()["detail"][:3]) == (403, "S4:")
    assert (await posts(operator, body)).json()["reason"] == "done"
    assert (await program.gets("/v1/blocks")).json()["blocks"] == []
    assert (await posts(operator, body, lift=True)).status_code == 403


async def test_a_merchants_blocks_are_of_its_own_numbers_codes_and_stores(api: Api) -> None:
    await api.subscriber()
    astro, rival, pizza = [await api.program(name) for name in ("astro", "rival", "pizza")]
    assert (await posts(rival, CODE)).json()["code"] == "unknown_campaign"
    assert (await posts(pizza, {**STORE, "key": "444999/SALON"})).json()["code"] == "unknown_campaign"
    assert (await posts(astro, {**CODE, "msisdn": "41791239999"})).json()["code"] == "no_registration"
    await posts(astro, CODE)
    assert (await rival.gets("/v1/blocks", msisdn=ANNA)).json()["blocks"] == []
    reader = await api.program(scopes=["read"])
    assert (await posts(reader, CODE)).json()["code"] == "missing_scope"


async def test_blocks_come_in_pages_that_hold_each_once(api: Api) -> None:
    await api.subscriber()
    program, operator = await api.program(), await api.program("@operator")
    await posts(program, CODE)
    for body in ({"scope": "invite"}, {"scope": "store", "key": "444999/PIZZA"}):
        await posts(operator, {"msisdn": ANNA, **body})
    seen, cursor = [], ""
    while cursor is not None:
        page = (await operator.gets("/v1/blocks", limit="1", cursor=cursor)).json()
        seen += [(b["scope"], b["key"]) for b in page["blocks"]]
        cursor = page["next"]
    assert seen == [("code", "543"), ("invite", ""), ("store", "444999/PIZZA")]
    assert (await operator.gets("/v1/blocks", after=ANNA)).json()["blocks"] == []
    assert (await operator.gets("/v1/blocks", limit="0")).status_code == 422
