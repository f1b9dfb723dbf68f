"""schemathesis as an outside judge of the OpenAPI document: no 5xx, no contract break, each operation reaches 2xx."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from smsc.http import bearer
from smsc.http.failures import Failures
from smsc.pipeline.requests import StopAsk
from smsc.sms.numbers import Msisdn
from tests import stage as stages
from tests.conversations.s2 import subscribes
from tests.http.v1_stage import Api, Program
from tests.stage import ANNA, Stage

SECONDS = 300 if os.environ.get("SMSC_SOAK") == "1" else 40
"""Of each of the two runs, which go side by side."""
CODE = """  "77010": {{country: CH, role: communication, carriers: [helvetia], languages: [en],
      portal: "https://sms.example/portal", unknown_reply: "Unknown. HELP for help."}}
merchants:
"""
LOCATE = '  - {{keyword: LOCATE, short_code: "77010", merchant: astro, profile: invitation, language: en}}\n'
KEYWORDS = stages.KEYWORDS.replace("merchants:\n", CODE, 1) + LOCATE
SUBSCRIBED, DELETED = "41791234577", "41791234578"
INVITED, OPTED_OUT, STOPPED, ERASED = "41791234601", "41791234602", "41791234603", "41791234604"
DEACTIVATED = "41791234606"


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    listen = 'listen: "127.0.0.1:0"'
    monkeypatch.setattr(stages, "CONFIG", stages.CONFIG.replace(listen, f"{listen}, calls_per_s: 100000"))
    monkeypatch.setattr(bearer, "Failures", partial(Failures, failures_max=1_000_000))
    stage = Stage(tmp_path, keywords=KEYWORDS)
    await stage.opens()
    api = Api(stage)
    yield api
    for program in api.programs:
        await program.client.aclose()
    await stage.closes()


async def seeded(api: Api, merchant: Program) -> dict[str, dict[str, Any]]:
    """Subscribers, invitations and keys; returns path parameters and bodies by operation that are sure to succeed."""
    stage = api.stage
    await api.subscriber()
    for msisdn in (SUBSCRIBED, DELETED):
        await subscribes(stage, stage.handset(msisdn))
    invitations = {}
    for msisdn in (INVITED, OPTED_OUT, STOPPED, ERASED, DEACTIVATED):
        body = {"campaign": "77010/LOCATE", "msisdn": msisdn}
        invitations[msisdn] = (await merchant.client.post("/v1/invitations", json=body)).json()["id"]
    await stage.server.node.intake.ask(Msisdn(ERASED), StopAsk("operator"))
    message = (await merchant.sends(price={"amount": "3.00", "currency": "CHF"})).json()["id"]
    await stage.handset(SUBSCRIBED).texts("please tell me when my horoscope does stop for good", to="543")
    await stage.settles()
    [review] = await stage.server.store.read(lambda r: r.reviews())
    callback = (await merchant.gets("/v1/callbacks")).json()["items"][0]["id"]
    revoked, rotated = (await api.program()).number, (await api.program()).number
    place = {"short_code": "543", "keyword": "HOROSKOP"}
    return {
        "get_messages_id": {"id": message},
        "get_callbacks_id": {"id": callback},
        "delete_subscriptions_msisdn_short_code_keyword": {"msisdn": DELETED, **place},
        "delete_keys_id": {"id": str(revoked)},
        "post_keys_id_rotate": {"id": str(rotated)},
        "get_invitations_id": {"id": invitations[INVITED]},
        "post_invitations": {"body": {"campaign": "77010/LOCATE", "msisdn": "41791234605"}},
        "post_optouts": {"body": {"campaign": "77010/LOCATE", "msisdn": OPTED_OUT}},
        "post_deactivations": {"body": {"msisdn": DEACTIVATED, "carrier": "helvetia"}},
        "post_stops": {"body": {"msisdn": STOPPED}},
        "delete_consents_msisdn": {"msisdn": ERASED},
        "post_review_mo": {"mo": str(review.mo)},
        "get_explain_id": {"id": message},
        "post_blocks": {"body": {"msisdn": SUBSCRIBED, "scope": "code", "key": "543"}},
        "post_messages": {"body": {"msisdn": ANNA, "campaign": "543/HOROSKOP", "text": "Widder"}},
    }


def with_examples(document: dict[str, Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The document with these examples in place of its own."""
    for methods in document["paths"].values():
        for one in methods.values():
            values = known.get(one["operationId"], {})
            for parameter in one["parameters"]:
                if parameter["name"] in values:
                    parameter["example"] = values[parameter["name"]]
            if "body" in values:
                one["requestBody"]["content"]["application/json"]["example"] = values["body"]
    return document


async def judged(folder: Path, program: Program, *choice: str) -> tuple[int, str, list[tuple[str, str, int]]]:
    """Run schemathesis; its exit code, what it says, and (method, path, status) of every call."""
    har = folder / f"{choice[0].strip('-')}.har"
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "run", str(folder / "openapi.json")),
        *("--url", str(program.client.base_url), "-H", f"Authorization: Bearer {program.bearer}"),
        *("--phases", "examples,coverage,fuzzing", "--max-time", str(SECONDS), "--no-color", "--seed", "1"),
        *("--report", "har", "--report-har-path", str(har), "--generation-database", "none", *choice),
        *("--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off"),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    entries = json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]
    calls = [
        (e["request"]["method"], urlsplit(e["request"]["url"]).path, int(e["response"]["status"]))
        for e in entries
    ]
    return int(process.returncode or 0), said.decode(), calls


async def test_schemathesis_finds_no_break_of_the_contract_and_every_operation_succeeds(
    api: Api, tmp_path: Path
) -> None:
    merchant, operator = await api.program(), await api.program("@operator")
    known = await seeded(api, merchant)
    document = with_examples((await merchant.gets("/openapi.json")).json(), known)
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    runs = await asyncio.gather(
        judged(tmp_path, merchant, "--exclude-tag", "Operators"),
        judged(tmp_path, operator, "--include-tag", "Operators"),
    )
    calls = [call for _, _, found in runs for call in found]
    assert [code for code, _, _ in runs] == [0, 0], "\n".join(said[-20_000:] for _, said, _ in runs)
    assert [call for call in calls if call[2] >= 500] == []
    reached = {(m, p) for m, p, status in calls if 200 <= status < 300}
    missing = [
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if not any(
            m == method.upper() and re.fullmatch(re.sub("{.*?}", "[^/]+", path), p) for m, p in reached
        )
    ]
    assert missing == []
