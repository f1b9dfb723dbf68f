"""D2: the same Idempotency-Key has one effect, whatever is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.conversations.s4 import CODE, KEYWORDS
from tests.http.v1_stage import Api, Program
from tests.stage import ANNA, Stage

INVITE = {"msisdn": ANNA, "campaign": "77010/LOCATE"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    stage = Stage(tmp_path, keywords=KEYWORDS)
    await stage.opens()
    api = Api(stage)
    yield api
    for program in api.programs:
        await program.client.aclose()
    await stage.closes()


async def posts(program: Program, path: str, body: Mapping[str, object], *, key: str) -> httpx.Response:
    return await program.client.post(path, json=body, headers={"Idempotency-Key": key})


async def test_D2_fifty_parallel_invitations_with_one_key_make_one(api: Api) -> None:
    program, anna = await api.program(), api.stage.handset(ANNA)
    answers = await asyncio.gather(*(posts(program, "/v1/invitations", INVITE, key="k") for _ in range(50)))
    assert {a.status_code for a in answers} == {202} and len({a.json()["id"] for a in answers}) == 1
    assert sum(a.headers.get("Idempotency-Replayed") == "true" for a in answers) == 49
    await anna.gets("LOCATE")
    await api.stage.settles()
    assert anna.has_silence()
    other = await posts(program, "/v1/invitations", {**INVITE, "sendUserConfirmation": True}, key="k")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    message = {"msisdn": ANNA, "campaign": "77010/LOCATE", "text": "Hi"}
    assert (await posts(program, "/v1/messages", message, key="k")).json()["code"] == "idempotency_key_reused"
    assert (await posts(program, "/v1/invitations", INVITE, key="k" * 129)).status_code == 422


async def test_D2_an_opt_out_with_a_key_is_answered_again_and_ends_nothing_new(api: Api) -> None:
    program, anna = await api.program(), api.stage.handset(ANNA)
    await posts(program, "/v1/invitations", INVITE, key="a")
    await anna.gets("LOCATE")
    await anna.texts("Y", to=CODE)
    await api.stage.settles()
    first = await posts(program, "/v1/optouts", INVITE, key="b")
    assert (first.status_code, first.json()["ended"]) == (200, 1)
    await anna.gets("LOCATE")
    again = await posts(program, "/v1/optouts", INVITE, key="b")
    assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"
    assert (await posts(program, "/v1/optouts", INVITE, key="c")).status_code == 404
    assert (
        await posts(program, "/v1/optouts", INVITE, key="c")
    ).status_code == 404  # a refusal keeps nothing


async def test_D2_a_consent_is_imported_once_by_its_key(api: Api) -> None:
    operator, other = await api.program("@operator"), await api.program("@operator")
    body: dict[str, object] = {
        **INVITE,
        "at": "2026-03-01T12:00:00+00:00",
        "seen": "May we find you?",
        "answered": "signed",
        "evidence": {"source": "paper form 12"},
    }
    calls = [posts(program, "/v1/consents", body, key="paper-12") for program in (operator, other)]
    first, second = await asyncio.gather(*calls)
    assert first.status_code == second.status_code == 200 and first.json() == second.json()
    ledger = (await operator.gets(f"/v1/consents/{ANNA}")).json()
    assert [line["state"] for line in ledger["consents"]] == ["active"]
