"""SIGKILL at every point of an MO's way: nothing acknowledged is lost, nothing is done twice (D1, D1a, D3)."""

from __future__ import annotations

import asyncio

from smsc.messages import MtState
from tests.kill.rig import KEYWORD, REQUEST_SAYS, START, TRIES, Rig, same_reference


async def test_D1_killed_before_the_commit_nothing_is_stored_and_the_redelivery_is_the_first(
    rig: Rig,
) -> None:
    anna = rig.handset()
    await rig.starts_server("before-commit-of-mo")
    texting = asyncio.create_task(anna.texts(KEYWORD, to="543", tries=TRIES))
    await rig.is_killed()
    assert (await rig.timeline()).mos == [] and rig.submits("") == []
    await rig.starts_server()
    assert await texting == 0
    await anna.gets(REQUEST_SAYS)
    await rig.stops_server()
    timeline = await rig.timeline()
    assert [s.redelivery_of for s in timeline.mos] == [None]
    assert len(timeline.mts) == len(rig.submits(REQUEST_SAYS)) == 1


async def test_D1a_killed_between_commit_and_ack_the_redelivery_is_absorbed(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-ack-of-mo")
    texting = asyncio.create_task(anna.texts(KEYWORD, to="543", tries=TRIES))
    await rig.is_killed()
    [stored] = (await rig.timeline()).mos
    assert not texting.done() and rig.submits("") == []
    await rig.starts_server()
    assert await texting == 0
    await anna.gets(REQUEST_SAYS)
    await rig.stops_server()
    timeline = await rig.timeline()
    assert [s.redelivery_of for s in timeline.mos] == [None, stored.mo.id]
    assert len(timeline.mts) == len(rig.submits(REQUEST_SAYS)) == 1


async def test_D1a_killed_twice_between_commit_and_ack_every_redelivery_is_absorbed(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-ack-of-mo")
    texting = asyncio.create_task(anna.texts(KEYWORD, to="543", tries=TRIES))
    await rig.is_killed()
    await rig.starts_server("before-ack-of-mo")
    await rig.is_killed()
    await rig.starts_server()
    assert await texting == 0
    await anna.gets(REQUEST_SAYS)
    await rig.stops_server()
    timeline = await rig.timeline()
    assert [s.redelivery_of is None for s in timeline.mos] == [True, False, False]
    assert len(timeline.mts) == 1 and same_reference(rig.submits(REQUEST_SAYS))


async def test_D1a_killed_between_commit_and_ack_of_the_confirmation_there_is_one_opt_in(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-ack-of-mo", nth=2)
    assert await anna.texts(KEYWORD, to="543", tries=TRIES) == 0
    await anna.gets(REQUEST_SAYS)
    texting = asyncio.create_task(anna.texts(START, to="543", tries=TRIES))
    await rig.is_killed()
    await rig.starts_server()
    assert await texting == 0
    told = await rig.merchant.gets(message=KEYWORD)
    await rig.stops_server()
    assert rig.merchant.has_silence() and anna.has_silence()
    timeline = await rig.timeline()
    assert [c.consent.state for c in timeline.consents] == ["pending", "active"]
    assert await rig.state() == "active"
    assert [s.mo.id for s in timeline.mos if s.mo.text == KEYWORD] == [int(told["id"])]


async def test_D3_killed_between_ack_and_submit_sm_the_request_goes_once_after_the_restart(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-submit-of-free")
    assert await anna.texts(KEYWORD, to="543") == 0
    await rig.is_killed()
    assert rig.submits("") == []
    assert [row.state for row in (await rig.timeline()).mts] == [MtState.SENDING]
    await rig.starts_server()
    await anna.gets(REQUEST_SAYS)
    await rig.stops_server()
    assert len(rig.submits(REQUEST_SAYS)) == 1


async def test_D3_killed_between_submit_sm_and_its_response_a_free_mt_goes_again_with_its_reference(
    rig: Rig,
) -> None:
    anna = rig.handset()
    await rig.starts_server()
    rig.carrier.holds_answers()
    assert await anna.texts(KEYWORD, to="543") == 0
    await rig.submitted(REQUEST_SAYS)
    await rig.kills_server()
    await rig.starts_server()
    await rig.submitted(REQUEST_SAYS, times=2)
    rig.carrier.answers_again()
    await anna.gets(REQUEST_SAYS)
    await rig.stops_server()
    assert len(rig.submits(REQUEST_SAYS)) == 2 and same_reference(rig.submits(REQUEST_SAYS))
    [request] = (await rig.timeline()).mts
    assert request.state in (MtState.ACCEPTED, MtState.DELIVERED)


async def test_D3_killed_between_the_response_and_its_commit_a_free_mt_goes_again_with_its_reference(
    rig: Rig,
) -> None:
    anna = rig.handset()
    await rig.starts_server("before-result-of-free")
    assert await anna.texts(KEYWORD, to="543", tries=TRIES) == 0
    await rig.is_killed()
    assert len(rig.submits(REQUEST_SAYS)) == 1
    await rig.starts_server()
    await rig.submitted(REQUEST_SAYS, times=2)
    await rig.stops_server()
    assert len(rig.submits(REQUEST_SAYS)) == 2 and same_reference(rig.submits(REQUEST_SAYS))


async def test_RP1_killed_between_commit_and_callback_the_merchant_is_told_with_the_same_id(rig: Rig) -> None:
    anna = rig.handset()
    await rig.starts_server("before-post")
    assert await anna.texts(KEYWORD, to="543", tries=TRIES) == 0
    await anna.gets(REQUEST_SAYS)
    assert await anna.texts(START, to="543", tries=TRIES) == 0
    await rig.is_killed()
    assert rig.merchant.has_silence()
    await rig.starts_server()
    told = await rig.merchant.gets(message=KEYWORD)
    [keyword] = await rig.mos(KEYWORD)
    assert told["id"] == str(keyword.mo.id)
    assert await rig.state() == "active"


async def test_RP1_killed_after_the_callback_was_taken_the_merchant_is_told_again_with_the_same_id(
    rig: Rig,
) -> None:
    anna = rig.handset()
    await rig.starts_server("after-post")
    assert await anna.texts(KEYWORD, to="543", tries=TRIES) == 0
    await anna.gets(REQUEST_SAYS)
    assert await anna.texts(START, to="543", tries=TRIES) == 0
    await rig.is_killed()
    first = await rig.merchant.gets(message=KEYWORD)
    await rig.starts_server()
    second = await rig.merchant.gets(message=KEYWORD)
    assert dict(first.fields) == dict(second.fields)
    await rig.stops_server()
    assert rig.merchant.has_silence()
