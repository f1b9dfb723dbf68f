"""Keys of /v1: scopes, rotation with overlap, rates; pages of the other lists; the document and its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.http.rates import Rates
from tests.http.v1_stage import Api, Program, open_api
from tests.stage import ANNA


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def test_a_key_is_good_for_its_scopes_only(api: Api) -> None:
    reader, sender = await api.program(scopes=["read"]), await api.program(scopes=["send"])
    refused = await reader.sends()
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    invite = {"campaign": "X", "msisdn": ANNA}
    assert (await reader.client.post("/v1/invitations", json=invite)).json()["code"] == "missing_scope"
    assert (await sender.gets("/v1/messages")).json()["code"] == "missing_scope"
    assert (await sender.gets("/v1/keys")).json()["code"] == "missing_scope"
    assert (await reader.gets("/v1/messages")).status_code == 200
    reader.client.headers["Authorization"] = "Bearer wrong"
    unknown = await reader.gets("/v1/messages")
    assert (unknown.status_code, unknown.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_rotated_key_stays_valid_for_the_overlap(api: Api) -> None:
    program = await api.program()
    answer = await program.client.post(f"/v1/keys/{program.number}/rotate", json={"overlap_s": 3600})
    assert answer.status_code == 201
    successor = Program(str(program.client.base_url), answer.json()["bearer"], int(answer.json()["id"]))
    api.programs.append(successor)
    assert (
        (await program.gets("/v1/keys")).status_code == (await successor.gets("/v1/keys")).status_code == 200
    )
    await api.stage.passes(minutes=61)
    assert (await program.gets("/v1/keys")).status_code == 401
    assert (await successor.gets("/v1/keys")).status_code == 200


async def test_keys_are_made_listed_and_revoked_by_their_own_merchant(api: Api) -> None:
    program, rival = await api.program(), await api.program("rival")
    made = await program.client.post("/v1/keys", json={"name": "job", "scopes": ["read"]})
    assert made.status_code == 201 and made.headers["Cache-Control"] == "no-store"
    listed = (await program.gets("/v1/keys")).json()["items"]
    [job] = [key for key in listed if key["name"] == "job"]
    assert job["scopes"] == ["read"] and "bearer" not in job
    path = f"/v1/keys/{job['id']}"
    assert (await rival.client.delete(path)).status_code == 404
    assert (await program.client.delete(path)).status_code == 204
    assert (await program.client.delete(path)).status_code == 404
    assert (await program.client.delete(f"/v1/keys/{program.number}")).json()["code"] == "own_key"


async def test_a_key_is_good_at_the_other_doors_from_its_first_call_until_it_is_revoked(api: Api) -> None:
    program, call = await api.program(), {"cc": "astro", "number": ANNA, "id": "1|x", "value": "0"}
    call |= {"currency": "CHF", "message": "Hi"}

    async def says(ekey: str) -> str:
        return (await program.client.get("/gateway", params=call | {"ekey": ekey})).text[:6]

    assert await says("wrong") == "IR-103", "from now on the keys of the account are held"
    made = (await program.client.post("/v1/keys", json={"scopes": ["send"]})).json()
    assert await says(made["ekey"]) == "IR-104"
    rotation = await program.client.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_s": 3600})
    assert await says(rotation.json()["ekey"]) == await says(made["ekey"]) == "IR-104"
    assert (await program.client.delete(f"/v1/keys/{made['id']}")).status_code == 204
    assert await says(made["ekey"]) == "IR-103"


async def test_each_key_has_a_rate_and_is_told_where_it_stands(api: Api) -> None:
    program = await api.program()
    headers = (await program.gets("/v1/campaigns")).headers
    assert int(headers["RateLimit-Remaining"]) == int(headers["RateLimit-Limit"]) - 1


def test_a_bucket_empties_and_fills_again_and_the_table_is_bounded() -> None:
    at = [0.0]
    rates = Rates(calls_per_s=1.0, burst=2, keys_max=10, now=lambda: at[0])
    assert [rates.take(1)[0] for _ in range(3)] == [True, True, False]
    assert rates.take(1)[1]["Retry-After"] == "1"
    at[0] = 1.0
    assert rates.take(1)[0]
    for key in range(100):
        rates.take(key)
    assert len(rates) == 10


async def test_OO7_deleting_a_subscription_has_the_effect_of_a_stop(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    path = f"/v1/subscriptions/{ANNA}/543/HOROSKOP"
    assert (await program.gets(path)).json()["state"] == "active"
    ended = await program.client.delete(path)
    assert (ended.status_code, ended.json()["ended"]) == (200, 1)
    [one] = (await program.gets("/v1/subscriptions", state="opted_out")).json()["items"]
    assert one["msisdn"] == ANNA
    states = [c["state"] for c in (await program.gets("/v1/consents", msisdn=ANNA)).json()["items"]]
    assert states == ["pending", "active", "opted_out"]
    assert (await program.sends()).json()["code"] == "opted_out"


async def test_callbacks_show_their_attempts_and_belong_to_their_merchant(api: Api) -> None:
    await api.subscriber()
    program, rival = await api.program(), await api.program("rival")
    await api.stage.settles()
    page = (await program.gets("/v1/callbacks", limit="1")).json()
    assert page["next"] == page["items"][0]["id"]
    path = f"/v1/callbacks/{page['next']}"
    one = (await program.gets(path)).json()
    assert one["state"] == "delivered" and [a["status"] for a in one["last_attempts"]] == [200]
    assert (await rival.gets(path)).status_code == 404
    replayed = await program.client.post("/v1/callbacks/replay", json={"ids": [page["next"]]})
    assert replayed.json() == {"replayed": 0}


async def test_campaigns_are_the_merchants_own_and_have_etags(api: Api) -> None:
    program, rival = await api.program(), await api.program("rival")
    answer = await program.gets("/v1/campaigns/543/HOROSKOP")
    assert answer.json()["price"] == {"amount": "3.00", "currency": "CHF"}
    headers = {"If-None-Match": answer.headers["ETag"]}
    assert (await program.client.get("/v1/campaigns/543/HOROSKOP", headers=headers)).status_code == 304
    assert (await rival.gets("/v1/campaigns")).json() == {"items": []}


async def test_the_document_and_its_page_need_nothing_from_elsewhere(api: Api) -> None:
    program = await api.program()
    document = (await program.gets("/openapi.json")).json()
    assert document["openapi"].startswith("3.1") and {"mo", "stop", "report"} <= set(document["webhooks"])
    page = (await program.gets("/docs")).text
    assert "POST /v1/messages" in page and "https://" not in page and "<script" not in page


async def test_405_names_every_method_of_the_path(api: Api) -> None:
    program = await api.program()
    answer = await program.client.put("/v1/messages", json={})
    assert answer.status_code == 405 and {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
