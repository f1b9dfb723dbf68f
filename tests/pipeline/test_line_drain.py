"""SIGTERM's way out: what is new is refused, what is taken is finished, what waits stays (D5)."""

from __future__ import annotations

import asyncio

from smsc.messages import MtState
from smsc.smpp.codes import CommandStatus
from smsc.sms.numbers import Msisdn
from smsc.store import MtRow
from tests.conversations.s2 import CONTENT, subscribes
from tests.stage import ANNA, BEAT, Stage


async def outbox(stage: Stage, msisdn: str) -> list[MtRow]:
    """The MTs of a number, whether or not all is quiet."""
    return (await stage.server.store.read(lambda r: r.timeline(Msisdn(msisdn)))).mts


async def refuses(stage: Stage) -> None:
    """Wait until the node drains."""
    async with asyncio.timeout(20):
        while not stage.server.node.intake.refusing:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_D5_open_windows_are_awaited_and_new_mos_come_again(stage: Stage) -> None:
    anna, beat = stage.handset(ANNA), stage.handset(BEAT)
    stage.carrier.does_next("no_receipt", msisdn=ANNA)
    stage.carrier.holds_answers()
    assert await anna.texts("HOROSKOP", to="543") == 0
    stopping = asyncio.create_task(stage.server.stop())
    await refuses(stage)
    assert await beat.texts("HOROSKOP", to="543") == CommandStatus.ESME_RX_T_APPN
    assert not stopping.done()
    stage.carrier.answers_again()
    await stopping
    await stage.server_starts()
    assert [row.state for row in await stage.mts(ANNA)] == [MtState.ACCEPTED]
    assert await stage.mts(BEAT) == []
    assert len(stage.submits(contains="START HOROSKOP")) == 1


async def test_D5_a_call_while_draining_may_come_again(stage: Stage) -> None:
    first, second = [await subscribes(stage, stage.handset(m)) for m in (ANNA, BEAT)]
    stage.carrier.holds_answers()
    assert await stage.merchant.content(first, CONTENT, callback_id="c1") == "SUCCESS"
    stopping = asyncio.create_task(stage.server.stop())
    await refuses(stage)
    assert (await stage.merchant.content(second, CONTENT, callback_id="c1")).startswith("try again")
    stage.carrier.answers_again()
    await stopping
    await stage.server_starts()
    assert await stage.merchant.content(second, CONTENT, callback_id="c1") == "SUCCESS"
    for mo in (first, second):
        await stage.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    assert len(stage.submits(contains=CONTENT)) == 2


async def test_D5_queued_rows_stay_and_go_after_the_next_start(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    stage.carrier.does_next("queue_full", msisdn=ANNA)
    assert await anna.texts("HOROSKOP", to="543") == 0
    await stage.settles()
    await stage.server.stop()
    await stage.server_starts()
    assert [row.state for row in await outbox(stage, ANNA)] == [MtState.QUEUED]
    await stage.passes(minutes=1)
    await anna.gets("START HOROSKOP")
    assert anna.has_silence()


async def test_D5_an_answer_that_never_comes_does_not_hold_the_end(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    mo = await subscribes(stage, anna)
    stage.carrier.does_next("silence", msisdn=ANNA)
    assert await stage.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    async with asyncio.timeout(10):
        await stage.server.stop()
    await stage.server_starts()
    assert [row.state for row in await outbox(stage, ANNA) if row.mt.billed] == [MtState.IN_DOUBT]
    assert len(stage.submits(contains=CONTENT)) == 1


async def test_D5_the_end_of_an_idle_server_is_clean(stage: Stage) -> None:
    await stage.server.stop()
    assert stage.carrier.events.all()[-1]["reason"] == "the peer unbound"
    await stage.server_starts()
    assert stage.server.health.ready
