"""/v1/messages: idempotent, dry, in pages, with problems that name the field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.http.v1_stage import Api, open_api
from tests.stage import ANNA, STRANGER


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def test_D2_the_same_idempotency_key_from_50_parallel_calls_sends_one_message(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    answers = await asyncio.gather(*(program.sends(key="day-1") for _ in range(50)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.json()["id"] for a in answers}) == 1
    assert sum("Idempotency-Replayed" in a.headers for a in answers) == 49
    await api.stage.settles()
    assert len(api.stage.submits(contains="Widder")) == 1
    other = await program.sends(key="day-1", text="Stier: auch.")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    elsewhere = await program.sends(key="day-1", msisdn=STRANGER)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_dry_run_says_parts_coding_and_price_and_sends_nothing(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    price = {"amount": "3.00", "currency": "CHF"}
    answer = await program.sends(dry_run=True, text="ж" * 71, price=price)
    assert answer.status_code == 200
    assert answer.json() == {
        "dry_run": True,
        "parts": 2,
        "coding": "ucs2",
        "units": 71,
        "price": price,
        "carrier": "helvetia",
        "subscription": "active",
    }
    assert (await program.gets("/v1/messages", campaign="543/HOROSKOP")).json()["items"][1:] == []
    assert api.stage.submits(contains="Widder") == []


async def test_a_billed_message_shows_its_charge_and_its_report(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    sent = await program.sends(price={"amount": "3.00", "currency": "CHF"}, reference="day 1")
    assert sent.status_code == 202 and sent.json()["reference"] == "day 1"
    await api.stage.settles()
    one = await program.gets(sent.headers["Location"])
    assert (one.json()["state"], one.json()["charge"]) == ("delivered", "charged")
    [charge] = (await program.gets("/v1/charges")).json()["items"]
    assert charge["price"] == {"amount": "3.00", "currency": "CHF"}
    assert [t["state"] for t in charge["transitions"]] == ["pending", "charged"]
    reports = (await program.gets("/v1/reports")).json()["items"]
    assert (reports[0]["reference"], reports[0]["report"]) == ("day 1", "DELIVERED")


async def test_one_message_has_an_etag_and_is_nobody_elses(api: Api) -> None:
    await api.subscriber()
    program, rival = await api.program(), await api.program("rival")
    where = (await program.sends()).headers["Location"]
    await api.stage.settles()
    tag = (await program.gets(where)).headers["ETag"]
    again = await program.client.get(where, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await rival.gets(where)).json()["code"] == "unknown_id"


async def test_MT2_refusals_have_stable_codes(api: Api) -> None:
    anna = await api.subscriber()
    program, rival = await api.program(), await api.program("rival")
    stranger = await program.sends(msisdn=STRANGER)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "no_registration")
    dear = await program.sends(price={"amount": "9.00", "currency": "CHF"})
    assert (dear.status_code, dear.json()["code"]) == (409, "price_not_agreed")
    assert (await rival.sends()).json()["code"] == "unknown_campaign"
    await anna.texts("STOP HOROSKOP", to="543")
    await api.stage.settles()
    stopped = await program.sends()
    assert (stopped.status_code, stopped.json()["code"]) == (403, "opted_out")
    assert stopped.headers["content-type"] == "application/problem+json"


async def test_a_problem_names_the_field(api: Api) -> None:
    program = await api.program()
    answer = await program.sends(msisdn="079 123 45 67", text="", surprise=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_value")
    assert {e["field"] for e in answer.json()["errors"]} == {"msisdn", "text", "surprise"}
    limit = await program.gets("/v1/messages", limit="many")
    assert [e["field"] for e in limit.json()["errors"]] == ["limit"]
    assert (await program.client.post("/v1/messages", content=b"{")).json()["code"] == "not_json"
    headers = {"Content-Type": "application/json"}
    large = await program.client.post("/v1/messages", content=b" " * 1_100_000, headers=headers)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


async def test_binary_content_comes_back_as_it_was_sent(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    one = {"msisdn": ANNA, "campaign": "543/HOROSKOP"}
    binary = {"udh": "0605040B8423F0", "data": "00FF48656C6C6F"}
    sent = await program.client.post("/v1/messages", json={**one, "binary": binary})
    assert sent.status_code == 202
    shown = (sent.json()["text"], sent.json()["binary"], sent.json()["coding"], sent.json()["parts"])
    assert shown == ("", {"udh": "0605040b8423f0", "data": "00ff48656c6c6f"}, "octets", 1)
    dry = await program.client.post("/v1/messages", json={**one, "binary": {"data": "00"}, "dry_run": True})
    assert (dry.json()["coding"], dry.json()["units"], dry.json()["parts"]) == ("octets", 1, 1)
    for body, status, code in (
        ({"binary": {"data": "00" * 140, "udh": "050003010201"}}, 409, "too_long"),
        ({"binary": {"data": "00", "udh": "0500"}}, 422, "bad_value"),
        ({"binary": {"data": "0g"}}, 422, "bad_value"),
        ({"binary": {"data": ""}}, 422, "bad_value"),
        ({"binary": None, "text": "Widder"}, 422, "bad_value"),
        ({"binary": {"data": "00"}, "text": "Widder"}, 422, "bad_value"),
        ({}, 422, "bad_value"),
        ({"binary": {"data": "00"}, "kind": "welcome"}, 409, "binary_control"),
    ):
        answer = await program.client.post("/v1/messages", json={**one, **body})
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body, answer.text)


async def test_bulk_answers_each_and_its_key_guards_each(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    one = {"msisdn": ANNA, "campaign": "543/HOROSKOP", "text": "Widder"}
    body = {
        "messages": [one, {**one, "text": "Stier"}, {**one, "msisdn": STRANGER}, {**one, "dry_run": True}]
    }
    for _ in range(2):
        answer = await program.client.post("/v1/messages/bulk", json=body, headers={"Idempotency-Key": "b"})
        results = answer.json()["results"]
        assert [r["status"] for r in results] == [202, 202, 404, 200]
        assert results[2]["problem"]["code"] == "no_registration" and results[3]["dry_run"]["parts"] == 1
    await api.stage.settles()
    assert len(api.stage.submits(contains="Widder")) == len(api.stage.submits(contains="Stier")) == 1


async def test_one_key_is_one_call_over_all_paths(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    one = {"msisdn": ANNA, "campaign": "543/HOROSKOP", "text": "Widder"}

    async def says(path: str, key: str, **body: object) -> tuple[int, str]:
        answer = await program.client.post(path, json=body, headers={"Idempotency-Key": key})
        return answer.status_code, answer.json().get("code", "")

    reused = (409, "idempotency_key_reused")
    assert await says("/v1/messages", "a", **one) == (202, "")
    assert await says("/v1/messages/bulk", "a", messages=[one]) == reused
    assert await says("/v1/messages/bulk", "b", messages=[one, {**one, "text": "Stier"}]) == (200, "")
    assert await says("/v1/messages", "b", **one) == reused
    assert await says("/v1/messages/bulk", "b", messages=[{**one, "text": "Fische"}]) == reused
    assert (
        await says("/v1/optouts", "b", msisdn=ANNA) == await says("/v1/optouts", "a", msisdn=ANNA) == reused
    )
    assert await says("/v1/optouts", "c", msisdn=ANNA) == (200, "")
    assert await says("/v1/messages/bulk", "c", messages=[one]) == reused
    await api.stage.settles()
    assert len(api.stage.submits(contains="Widder")) == 2 and not api.stage.submits(contains="Fische")


async def test_pages_hold_every_message_once(api: Api) -> None:
    await api.subscriber()
    program = await api.program()
    sent = [(await program.sends(text=f"Text {n}")).json()["id"] for n in range(7)]
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await program.gets("/v1/messages", limit="3", **cursor)).json()
        assert len(page["items"]) <= 3
        found += [m["id"] for m in page["items"] if m["kind"] == "content"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == sent[::-1]
