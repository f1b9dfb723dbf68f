"""What no client should send is refused at the door, on every database: never a 5xx, never a traceback."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.http.reading import BadJson, parse_json
from tests import postgres
from tests.http.v1_stage import Api
from tests.stage import Stage

DIGITS = "9" * 5000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
LOCATE = {"msisdn": "41791234501", "campaign": "543/HOROSKOP", "text": "a"}


@pytest.fixture(params=postgres.databases())
async def api(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Api]:
    database = "" if request.param == "sqlite" else postgres.shared().new_database()
    stage = Stage(tmp_path, database=database)
    await stage.opens()
    api = Api(stage)
    yield api
    for program in api.programs:
        await program.client.aclose()
    await stage.closes()


async def test_junk_is_refused_and_never_a_fault_of_ours(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    programs = [await api.program(), await api.program("@operator")]
    paths = [f"/v1/{room}/{DIGITS}" for room in ("messages", "explain", "invitations", "callbacks", "keys")]
    paths += ["/v1/numbers/%00", "/v1/numbers/41791234501?campaign=543/%00", "/v1/campaigns/543/%00"]
    paths += ["/v1/blocks?key=%00", "/v1/consents/%00", "/v1/messages/9999999999999999999"]
    bodies = [
        b"[" * 30000 + b"]" * 30000,
        b'{"a":' * 10000 + b"1" + b"}" * 10000,
        b'{"msisdn": ' + b"1" * 5000,
    ]
    for text in ("\0", "\ud800"):
        bodies.append(json.dumps({**LOCATE, "text": text, "reason": text, "note": text}).encode())
        proof = {"at": "2026-01-01T00:00:00Z", "seen": "x", "answered": "y", "evidence": {"ip": text}}
        bodies.append(json.dumps({**LOCATE, **proof}).encode())
        bodies.append(json.dumps({"msisdn": text, "campaign": text, "scope": "code", "key": text}).encode())
    posts = (
        "messages",
        "invitations",
        "optouts",
        "blocks",
        "stops",
        "deactivations",
        "consents",
        "callbacks/replay",
    )
    for program in programs:
        client = program.client
        for path in paths:
            assert 400 <= (await client.get(path)).status_code < 429, path
        for path in posts:
            for body in bodies:
                answer = await client.post(f"/v1/{path}", content=body, headers=JSON)
                assert 400 <= answer.status_code < 429, (path, body[:80])
    unknown = await programs[0].client.get(paths[0], headers={"Authorization": ""})
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert (await programs[1].client.post(f"/v1/review/{DIGITS}", json={})).status_code == 404
    assert caplog.records == []


async def test_NUL_opens_no_account_and_is_no_text_at_any_door(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    client, bearer = (await api.program()).client, (await api.program()).bearer
    basic = {"Authorization": f"Basic {base64.b64encode(b'a%sb:c:D' % bytes(1)).decode()}"}
    asked = [
        ("/gateway", {}, f"cc=a%00b&ekey={bearer}&number=41791234501"),
        ("/gateway", {}, f"cc=astro&ekey={bearer}&number=41791234501&message=a%00b"),
        ("/crmtext", basic, "method=getcustomerinfo&phone_number=4155550100"),
        ("/cgi-bin/sendsms", {}, f"username=a%00b&password={bearer}&to=41791234501&text=x"),
        ("/cgi-bin/sendsms", {}, f"username=astro&password={bearer}&to=41791234501&text=a%00b"),
        ("/send", {}, f"username=a%00b&password={bearer}&to=41791234501&content=x"),
        ("/portal/code", {}, "number=%00"),
    ]
    for path, headers, body in asked:
        answer = await client.post(path, content=body, headers={**FORM, **headers})
        assert answer.status_code < 500, (path, body)
    assert caplog.records == []


@pytest.mark.parametrize("raw", [b"{", b"[" * 60000, b"1" * 5000, b"[" * 30 + b"]" * 30])
def test_json_that_cannot_be_used_is_told_so(raw: bytes) -> None:
    with pytest.raises(BadJson):
        parse_json(raw)


def test_json_is_read_as_it_stands() -> None:
    assert parse_json('{"a": ["Grüezi 😀", 1, null, true]}'.encode()) == {"a": ["Grüezi 😀", 1, None, True]}
