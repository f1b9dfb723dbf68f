"""The store locked, full or gone: everyone is asked to come again, nothing is parked, nothing is lost (D4, OO1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx

from smsc.messages import MtState
from smsc.smpp.codes import CommandStatus
from smsc.sms.numbers import Msisdn
from smsc.store import Tx
from tests.conversations.s2 import CONTENT, confirms, stops, subscribes
from tests.pipeline.faults import locked
from tests.stage import ANNA, BEAT, Stage

TRY_AGAIN = CommandStatus.ESME_RX_T_APPN


async def asks(stage: Stage, path: str) -> httpx.Response:
    """GET from the server."""
    async with httpx.AsyncClient(base_url=stage.merchant.gateway, trust_env=False) as client:
        return await client.get(path)


async def is_ready(stage: Stage, status: int = 200) -> None:
    """Wait until /readyz says so, with no other traffic."""
    async with asyncio.timeout(20):
        while (await asks(stage, "/readyz")).status_code != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def stored(stage: Stage, msisdn: str) -> list[str]:
    """The routes of a number's MOs."""
    timeline = await stage.server.store.read(lambda r: r.timeline(Msisdn(msisdn)))
    return [found.route for found in timeline.mos]


async def test_D4_an_mo_is_asked_to_come_again_and_nothing_is_parked(stage: Stage, tmp_path: Path) -> None:
    anna = stage.handset(ANNA)
    with locked(tmp_path):
        assert await anna.texts("HOROSKOP", to="543") == TRY_AGAIN
        assert await stored(stage, ANNA) == []
    await is_ready(stage)
    assert await anna.texts("HOROSKOP", to="543") == 0
    await anna.gets("START HOROSKOP")
    await stage.settles()
    assert await stored(stage, ANNA) == ["keyword"] and await stage.alarms() == []
    assert anna.has_silence()


async def test_D4_the_gateway_says_503_with_retry_after_and_the_same_call_works_later(
    stage: Stage, tmp_path: Path
) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    query = {"cc": stage.merchant.cc, "ekey": stage.merchant.ekey, "number": ANNA, "id": f"{mo['id']}|c1"}
    query |= {"message": CONTENT, "value": "3.00", "currency": "CHF", "network": "SWISSCOM8CH4", "reply": "0"}
    with locked(tmp_path):
        async with httpx.AsyncClient(base_url=stage.merchant.gateway, trust_env=False) as client:
            refused = await client.get("/gateway", params={**query, "title": "543"})
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) >= 1
    await is_ready(stage)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert len(stage.submits(contains=CONTENT)) == 1


async def test_D4_readiness_follows_the_store_without_any_traffic(stage: Stage, tmp_path: Path) -> None:
    with locked(tmp_path):
        assert await stage.handset(ANNA).texts("HOROSKOP", to="543") == TRY_AGAIN
        answer = await asks(stage, "/readyz")
        assert answer.status_code == 503 and "store" in answer.json()["troubles"]
        assert (await asks(stage, "/healthz")).status_code == 200
    await is_ready(stage)


async def test_D4_a_full_disk_is_no_error_of_the_message(stage: Stage) -> None:
    def fill(tx: Tx) -> None:
        connection = tx._db.connection
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await stage.server.store.run(fill)
    anna = stage.handset(ANNA)
    text = "Ist der Mond heute voll? " * 6
    answers = [await anna.texts(f"{number} {text}", to="543") for number in range(40)]
    assert TRY_AGAIN in answers and set(answers) <= {0, TRY_AGAIN}
    await is_ready(stage)
    assert await stage.alarms() == []
    assert len(await stored(stage, ANNA)) == answers.count(0)


async def test_OO1_a_stop_while_the_database_is_busy_comes_again_and_is_effective_once(
    stage: Stage, tmp_path: Path
) -> None:
    anna = stage.handset(ANNA)
    await confirms(stage, anna)
    with locked(tmp_path):
        texting = asyncio.create_task(anna.texts("STOP HOROSKOP", to="543", tries=9))
        await stage.carrier.pdus.find(lambda _, p: p.pdu.command_status == TRY_AGAIN, timeout=20)
    assert await texting == 0
    await stage.passes(seconds=2)  # the callbacks rested too
    await stage.merchant.gets(message="ask horoskop stop")
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
    await stage.passes(minutes=5)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert anna.has_silence() and stage.merchant.has_silence() and await stage.alarms() == []


async def test_D4_a_receipt_is_asked_to_come_again_and_the_charge_moves_once(
    stage: Stage, tmp_path: Path
) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.holds_answers()
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    with locked(tmp_path):
        stage.carrier.answers_again()
        await stage.carrier.pdus.find(lambda _, p: p.pdu.command_status == TRY_AGAIN, timeout=20)
    await is_ready(stage)
    await stage.passes(seconds=2)  # the callbacks rested too
    await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert await stage.charges(ANNA) == [("pending", 300, "CHF"), ("charged", 300, "CHF")]
    assert len(stage.submits(contains=CONTENT)) == 1


async def test_D4_a_response_that_nobody_sends_again_is_kept_until_it_is_stored(
    stage: Stage, tmp_path: Path
) -> None:
    anna = stage.handset(ANNA)
    stage.carrier.does_next("no_receipt", msisdn=ANNA)
    stage.carrier.holds_answers()
    assert await anna.texts("HOROSKOP", to="543") == 0
    with locked(tmp_path):
        stage.carrier.answers_again()
        await anna.gets("START HOROSKOP")
        assert await stage.handset(BEAT).texts("HOROSKOP", to="543") == TRY_AGAIN
    [request] = await stage.mts(ANNA)
    assert request.state is MtState.ACCEPTED
    assert len(stage.submits(contains="START HOROSKOP")) == 1


async def nobody_waits() -> None:
    """Time passes although nothing can settle."""


async def test_OO4_a_goodbye_that_falls_due_while_the_store_is_gone_is_said_once_after(
    stage: Stage, tmp_path: Path
) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await stops(stage, anna)
    with locked(tmp_path):
        await stage.clock.passes(timedelta(seconds=31), nobody_waits)
        await is_ready(stage, 503)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    await stage.passes(minutes=5)
    assert anna.has_silence() and await stage.alarms() == []


async def test_D5_a_server_whose_store_is_gone_still_ends(stage: Stage, tmp_path: Path) -> None:
    with locked(tmp_path):
        await stage.server.stop()
    await stage.server_starts()
    assert await stage.handset(ANNA).texts("HOROSKOP", to="543") == 0
