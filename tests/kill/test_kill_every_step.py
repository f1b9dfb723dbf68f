"""S2 with a SIGKILL after every step: the conversation goes on as if nothing had been (D3, OO4)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from smsc.messages import Kind
from smsc.sim.merchant import Callback
from tests.kill.rig import CONTENT, KEYWORD, OWN_GOODBYE, REQUEST_SAYS, START, STOP, TRIES, WELCOME, Rig


async def is_killed_and_started(rig: Rig) -> None:
    """The server dies without a word and comes back."""
    await rig.kills_server()
    await rig.starts_server()


async def is_dead_at_its_deadline(rig: Rig, stop: Callback) -> None:
    """The server dies before the goodbye is due, and comes back after."""
    await rig.kills_server()
    assert rig.submits(OWN_GOODBYE) == []
    due = datetime.fromisoformat(stop["goodbye_by"])
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds() + 0.1)
    await rig.starts_server()


async def test_S2_killed_after_every_step(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server()
    assert await anna.texts(KEYWORD, to="543", tries=TRIES) == 0
    await anna.gets(REQUEST_SAYS)
    await is_killed_and_started(rig)
    assert await anna.texts(START, to="543", tries=TRIES) == 0
    mo = await rig.merchant.gets(message=KEYWORD)
    await is_killed_and_started(rig)
    assert await rig.merchant.welcome(mo, WELCOME, callback_id="w1") == "SUCCESS"
    await anna.gets("Willkommen bei HOROSKOP!")
    await is_killed_and_started(rig)
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    # Killed before it is written it would be in doubt, and never sent again (CH3): test_kill_billed has that.
    await rig.submitted(CONTENT)
    await is_killed_and_started(rig)
    await rig.merchant.gets(id=f"{mo['id']}|c1", report="DELIVERED")
    await is_killed_and_started(rig)
    assert await anna.texts(STOP, to="543", tries=TRIES) == 0
    stop = await rig.merchant.gets(message="ask horoskop stop")
    await is_dead_at_its_deadline(rig, stop)
    await anna.gets(OWN_GOODBYE)
    await is_killed_and_started(rig)
    await rig.stops_server()

    timeline = await rig.timeline()
    assert [row.mt.kind for row in timeline.mts].count(Kind.GOODBYE) == 1
    assert [(row.state.value, row.minor) for row in timeline.charges] == [("pending", 300), ("charged", 300)]
    assert [c.consent.state for c in timeline.consents] == ["pending", "active", "opted_out"]
    assert len(rig.submits(CONTENT)) == 1
    # A free MT whose response was being stored at a kill may go again; the same message, by its reference.
    for text in (REQUEST_SAYS, "Willkommen", OWN_GOODBYE):
        assert len({pdu.tlvs[0x0204] for pdu in rig.submits(text)}) == 1


async def test_OO4_killed_before_the_commit_of_the_goodbye_it_is_sent_exactly_once(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-commit-of-timer")
    await rig.subscribes(anna)
    assert await anna.texts(STOP, to="543", tries=TRIES) == 0
    await rig.is_killed()
    assert rig.submits(OWN_GOODBYE) == []
    await rig.starts_server()
    await anna.gets(OWN_GOODBYE)
    await rig.stops_server()
    assert len(rig.submits(OWN_GOODBYE)) == 1
    assert [row.mt.kind for row in (await rig.timeline()).mts].count(Kind.GOODBYE) == 1


async def test_OO1_killed_between_commit_and_ack_of_a_stop_it_is_effective_and_told_once(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-ack-of-mo", nth=3)
    await rig.subscribes(anna)
    texting = asyncio.create_task(anna.texts(STOP, to="543", tries=TRIES))
    await rig.is_killed()
    await rig.starts_server()
    assert await texting == 0
    await rig.merchant.gets(message="ask horoskop stop")
    await anna.gets(OWN_GOODBYE)
    await rig.stops_server()
    assert anna.has_silence()
    assert len({c["id"] for c in rig.merchant.callbacks.all() if c["message"] == "ask horoskop stop"}) == 1
    assert len(await rig.mos(STOP)) == 1 and await rig.state() == "opted_out"
