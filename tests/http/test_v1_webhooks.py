"""What merchants of the native formats are told: the ids of /v1, and the members that the document promises."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from smsc.http.v1.webhooks import MODELS
from smsc.messages import NoticeKind
from tests import stage as stages
from tests.conversations import s3
from tests.conversations.s2 import WELCOME
from tests.http.v1_stage import Api
from tests.stage import ANNA, BEAT, Stage

CODE = """  "77010": {{country: CH, role: communication, carriers: [helvetia], languages: [en],
      portal: "https://sms.example/portal"}}
merchants:
"""
LOCATE = '  - {{keyword: LOCATE, short_code: "77010", merchant: astro, profile: invitation, language: en}}\n'
KEYWORDS = stages.KEYWORDS.replace("merchants:\n", CODE, 1) + LOCATE


@pytest.fixture(params=["json", "cloudevents"])
async def api(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    stage = Stage(tmp_path, keywords=KEYWORDS.replace("messagecloud", request.param))
    await stage.opens()
    api = Api(stage)
    yield api
    for program in api.programs:
        await program.client.aclose()
    await stage.closes()


async def told(api: Api, kind: str, **members: str) -> dict[str, Any]:
    """The `data` of the first callback of a kind that has these members, once it came."""

    def fits(number: int, callback: Any) -> bool:
        said = json.loads(callback.body)
        data: Mapping[str, object] = said["data"]
        return said["type"].removeprefix("smsc.") == kind and members.items() <= data.items()

    _, callback = await api.stage.merchant.callbacks.find(fits, timeout=20.0)
    found: dict[str, Any] = json.loads(callback.body)["data"]
    return found


async def test_RP2_a_report_names_the_message_as_the_202_did_and_the_senders_reference(api: Api) -> None:
    anna, program = api.stage.handset(ANNA), await api.program()
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP an 543")
    await anna.texts("START HOROSKOP", to="543")
    mo = await told(api, "mo", text="HOROSKOP")
    sent = (await program.sends(text=WELCOME, kind="welcome")).json()
    report = await told(api, "report", report="DELIVERED", message_id=sent["id"])
    assert report["id"] == sent["id"] and "reference" not in report
    assert report["registration"] == sent["registration"] == mo["registration"]
    sent = (await program.sends(reference="day 1")).json()
    report = await told(api, "report", report="DELIVERED", message_id=sent["id"])
    assert (report["id"], report["reference"]) == (sent["id"], "day 1")
    by_gateway = {"id": f"{mo['id']}|c1", "value": "0.00", "currency": "CHF", "message": "Hallo"}
    assert await api.stage.merchant.call(number=ANNA, reply="0", **by_gateway) == "SUCCESS"
    report = await told(api, "report", report="DELIVERED", reference="c1")
    assert report["id"].isdecimal() and report["registration"] == mo["id"]
    listed = (await program.gets("/v1/reports")).json()["items"]
    named = {(one["message"], one["reference"]) for one in listed}
    assert {(sent["id"], "day 1"), (report["id"], "c1")} <= named


async def test_RP2_the_document_shows_callbacks_as_they_are(api: Api) -> None:
    anna, beat, mojca = (api.stage.handset(number) for number in (ANNA, BEAT, s3.MOJCA))
    program = await api.program()
    found = {}
    for text in ("HOROSKOP", "START HOROSKOP"):
        await anna.texts(text, to="543")
        await anna.gets("START HOROSKOP an 543") if text == "HOROSKOP" else None
    found["mo"] = await told(api, "mo")
    await program.sends(text=WELCOME, kind="welcome", reference="w1")
    found["report"] = await told(api, "report")
    await anna.texts("please tell me when my horoscope does stop for good", to="543")
    found["review"] = await told(api, "review")
    await anna.texts("STOP HOROSKOP", to="543")
    found["stop"] = await told(api, "stop")
    assert await s3.posts(api.stage) == "SUCCESS"
    await mojca.gets("Prijava: DA na 3030")
    await mojca.texts("DA", to="3030")
    found["subscribed"] = await told(api, "subscribed")
    invite = {"campaign": "77010/LOCATE", "msisdn": BEAT, "callback": "extended"}
    assert (await program.client.post("/v1/invitations", json=invite)).status_code == 202
    await beat.gets("invites you")
    await beat.texts("Y", to="77010")
    found["invitation"] = await told(api, "invitation")
    document = (await program.gets("/openapi.json")).json()
    assert set(found) == set(document["webhooks"]) == {kind.value for kind in MODELS}
    for kind, data in found.items():
        media = document["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]
        place = media["schema"]["properties"]["data"]["$ref"].rsplit("/", 1)[1]
        schema = document["components"]["schemas"][place]
        assert set(schema["required"]) <= set(data) <= set(schema["properties"]), kind
        assert set(media["example"]["data"]) == set(data), kind
        model = MODELS[NoticeKind(kind)]
        model.model_validate(data, strict=True)
        model.model_validate(media["example"]["data"], strict=True)
