"""The gateway's answers to MOs (reply=1), confirmations of a STOP (smscat=991), ids of every flow, aliases."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from smsc.sim.merchant import Callback
from tests.conversations.s2 import CONTENT, GOODBYE, WELCOME, confirms, stops, subscribes
from tests.stage import ANNA, BEAT, KEYWORDS, Stage

ERRORS = re.compile(r"((IR|E)-\d{3})|(NO CREDITS)|(BARRED)")
ALIAS = "#288166360171234"
SUNRISE = """
  sunrise:
    country: CH
    networks: ["22802", SUNRISE9CH]
    binds:
      - {address: "127.0.0.1:1", system_id: sunrise, password: secret, mode: transceiver}
"""


def code(said: str) -> str:
    """What the vendor's library finds in an answer that is not SUCCESS as a whole."""
    found = ERRORS.search(said)
    return said if found is None else found[0]


def answer_to(mo: Callback, **changes: str) -> dict[str, str]:
    """A reply as the documentation writes it: number, network and id as the MO brought them."""
    usual = {"reply": "1", "number": mo["number"], "network": mo["network"], "id": mo["id"]}
    return usual | {"message": CONTENT, "title": "543", "value": "3.00", "currency": "CHF"} | changes


async def test_IR101_an_mo_is_answered_once_and_again_with_an_id_of_ones_own(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    call = stage.merchant.call
    assert await call(**answer_to(mo)) == "SUCCESS"
    await stage.merchant.gets(action="mp_report", id=mo["id"], report="DELIVERED")
    for again in ({}, {"message": "Etwas anderes"}, {"value": "0"}, {"id": f"{mo['id']}|"}):
        assert code(await call(**answer_to(mo, **again))) == "IR-101"
    await stage.passes(minutes=1)
    assert await call(**answer_to(mo, id=f"{mo['id']}|c2")) == "SUCCESS"
    assert await call(**answer_to(mo, id=f"{mo['id']}|c2")) == "SUCCESS"
    await anna.gets(CONTENT)
    await anna.gets(CONTENT)
    await stage.settles()
    assert anna.has_silence()
    assert [state for state, *_ in await stage.charges(ANNA)] == ["pending", "charged"] * 2


async def test_IR101_welcome_content_and_goodbye_are_each_answered_once(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await confirms(stage, anna)
    call, free = stage.merchant.call, {"value": "0"}
    assert await call(**answer_to(mo, command="W", message=WELCOME, **free)) == "SUCCESS"
    assert code(await call(**answer_to(mo, command="W", message=WELCOME, **free))) == "IR-101"
    assert await call(**answer_to(mo)) == "SUCCESS"
    await stops(stage, anna)
    assert await call(**answer_to(mo, command="G", message=GOODBYE, **free)) == "SUCCESS"
    assert code(await call(**answer_to(mo, command="G", message=GOODBYE, **free))) == "IR-101"
    assert code(await call(**answer_to(mo, id=f"{mo['id']}|c2"))) == "BARRED"


async def test_reply_1_answers_what_a_subscriber_writes(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await anna.texts("Und fuer Loewen?", to="543")
    mo = await stage.merchant.gets(message="Und fuer Loewen?")
    call = stage.merchant.call
    assert await call(**answer_to(mo)) == "SUCCESS"
    await anna.gets(CONTENT, sender="543")
    assert code(await call(**answer_to(mo))) == "IR-101"
    assert code(await call(**answer_to(mo, number=BEAT))) == "IR-104"
    assert code(await stage.rival.call(**answer_to(mo))) == "IR-104"
    notice = await stops(stage, anna)
    assert code(await call(**answer_to(mo, id=f"{mo['id']}|c2"))) == "BARRED"
    assert code(await call(**answer_to(notice))) == "IR-104"
    assert code(await call(**answer_to(notice, command="G", value="0"))) == "IR-104"


@pytest.fixture
async def two_networks(tmp_path: Path) -> AsyncIterator[Stage]:
    keywords = KEYWORDS.replace("carriers: [helvetia]", "carriers: [helvetia, sunrise]", 1)
    stage = Stage(tmp_path, keywords=keywords, carrier=SUNRISE)
    await stage.opens()
    yield stage
    await stage.closes()


async def test_IR104_a_reply_names_the_network_of_its_mo(two_networks: Stage) -> None:
    stage = two_networks
    mo = await subscribes(stage, stage.handset(ANNA))
    call = stage.merchant.call
    assert code(await call(**answer_to(mo, network="SUNRISE9CH"))) == "IR-104"
    assert code(await call(**answer_to(mo, network="NOWHERE1"))) == "IR-420"
    assert code(await call(**answer_to(mo, network="INTERNATIONAL"))) == "IR-419"
    assert await call(**answer_to(mo, network="22801")) == "SUCCESS"


async def test_OO4_smscat_991_confirms_a_stop_once_and_free(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    await stops(stage, anna)
    call, confirmation = stage.merchant.call, {"reply": "0", "message": GOODBYE, "smscat": "991"}
    assert code(await call(**answer_to(mo, **confirmation, id=f"{mo['id']}|s1"))) == "E-103"
    free = confirmation | {"value": "0"}
    assert code(await call(**answer_to(mo, **free | {"smscat": "990"}))) == "BARRED"
    assert await call(**answer_to(mo, **free, id=f"{mo['id']}|s1")) == "SUCCESS"
    await anna.gets("Schade!", sender="543")
    assert await call(**answer_to(mo, **free, id=f"{mo['id']}|s1")) == "SUCCESS"
    assert code(await call(**answer_to(mo, **free, id=f"{mo['id']}|s2"))) == "IR-101"
    await stage.passes(minutes=1)
    assert anna.has_silence()


async def test_OO4_smscat_991_may_answer_the_notice_and_comes_too_late_after_30_seconds(stage: Stage) -> None:
    anna, beat = stage.handset(ANNA), stage.handset(BEAT)
    await subscribes(stage, anna)
    mo = await subscribes(stage, beat)
    free = {"message": GOODBYE, "smscat": "991", "value": "0"}
    notice = await stops(stage, anna)
    assert await stage.merchant.call(**answer_to(notice, **free)) == "SUCCESS"
    await anna.gets("Schade!", sender="543")
    await stops(stage, beat)
    await stage.passes(seconds=31)
    await beat.gets("HOROSKOP", sender="543")
    assert code(await stage.merchant.call(**answer_to(mo, **free))) == "IR-101"
    assert anna.has_silence() and beat.has_silence()


async def test_ids_begin_with_the_service_where_a_flow_says_so(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    call = stage.merchant.call
    for place, head in enumerate(("HOROSKOP", "horoskop", "543/HOROSKOP")):
        await stage.passes(minutes=1)
        said = await call(**answer_to(mo, reply="0", id=f"{head}|{place}"))
        assert said == "SUCCESS", head
        await anna.gets(CONTENT, sender="543")
    assert code(await call(**answer_to(mo, reply="0", id="SPRUCH|1"))) == "IR-104"
    assert code(await call(**answer_to(mo, reply="0", id="5c1b2a8e-0000-4000-8000-000000000000"))) == "IR-104"
    assert code(await call(**answer_to(mo, reply="1", id="HOROSKOP|9"))) == "IR-403"


async def test_an_alias_is_a_number_of_its_own(stage: Stage) -> None:
    alias = stage.handset(ALIAS)
    mo = await subscribes(stage, alias)
    assert mo["number"] == ALIAS
    assert await stage.merchant.call(**answer_to(mo)) == "SUCCESS"
    await alias.gets(CONTENT, sender="543")
    account = (
        f"cc={stage.merchant.cc}&ekey={stage.merchant.ekey}&reply=1&id={mo['id']}%7Cc2&value=0&currency=CHF"
    )
    url = f"http://{stage.server.http_address}/gateway.php?{account}&message=Hi"
    async with httpx.AsyncClient(trust_env=False) as client:
        cut_off = await client.get(
            f"{url}&number={ALIAS}"
        )  # a client that does not encode "#" sends a fragment
        assert code(cut_off.text) == "IR-404"
        assert (await client.get(f"{url}&number=%23{ALIAS[1:]}")).text == "SUCCESS"
    await alias.gets("Hi", sender="543")
    await stops(stage, alias)
    assert code(await stage.merchant.call(**answer_to(mo, id=f"{mo['id']}|c3"))) == "BARRED"
