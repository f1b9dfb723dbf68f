"""SIGKILL at every point of billed content: it never goes twice, and every charge ends in one word (D3, CH2, CH3)."""

from __future__ import annotations

import httpx
import pytest

from smsc.messages import MtState
from smsc.sim.faults import Outcome
from smsc.sim.merchant import Callback
from tests.kill.rig import CONTENT, Rig

PENDING, CHARGED, UNKNOWN = (("pending", 300), ("charged", 300), ("unknown", 300))


async def begins(rig: Rig, point: str = "never") -> Callback:
    """Anna is subscribed and welcomed; then the server runs with this doom."""
    await rig.starts_server()
    mo = await rig.subscribes(rig.handset())
    if point != "never":
        await rig.stops_server()
        await rig.starts_server(point)
    return mo


async def billed(rig: Rig) -> list[MtState]:
    """The states of Anna's billed MTs."""
    return [row.state for row in (await rig.timeline()).mts if row.mt.billed]


async def ends_once(rig: Rig, mo: Callback, word: str, *, submits: int) -> None:
    """The merchant is told this end once and no other; the same call again is answered as before and sends nothing."""
    await rig.merchant.gets(id=f"{mo['id']}|c1", report=word)
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.stops_server()
    assert rig.reports(f"{mo['id']}|c1") == {word}
    assert len(rig.submits(CONTENT)) == submits
    assert await rig.charges() == [PENDING, CHARGED if word == "DELIVERED" else UNKNOWN]


async def test_D2_killed_before_the_commit_of_a_call_the_call_comes_again_and_sends_once(rig: Rig) -> None:
    mo = await begins(rig, "before-commit-of-call")
    with pytest.raises(httpx.HTTPError):
        await rig.merchant.content(mo, CONTENT, callback_id="c1")
    await rig.is_killed()
    assert await rig.charges() == []
    await rig.starts_server()
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await ends_once(rig, mo, "DELIVERED", submits=1)


async def test_D2_killed_between_commit_and_answer_the_call_comes_again_and_nothing_is_sent(rig: Rig) -> None:
    rig.soon_gives_up_on_receipts()
    mo = await begins(rig, "before-answer-of-call")
    with pytest.raises(httpx.HTTPError):
        await rig.merchant.content(mo, CONTENT, callback_id="c1")
    await rig.is_killed()
    await rig.starts_server()
    assert await billed(rig) == [MtState.IN_DOUBT]
    await ends_once(rig, mo, "UNKNOWN", submits=0)


async def test_CH3_killed_between_answer_and_submit_sm_it_is_never_sent_and_reported_unknown(
    rig: Rig,
) -> None:
    rig.soon_gives_up_on_receipts()
    mo = await begins(rig, "before-submit-of-billed")
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.is_killed()
    await rig.starts_server()
    assert await billed(rig) == [MtState.IN_DOUBT]
    await ends_once(rig, mo, "UNKNOWN", submits=0)


async def test_CH3_killed_between_submit_sm_and_its_response_the_receipt_settles_it(rig: Rig) -> None:
    mo = await begins(rig)
    rig.carrier.holds_answers()
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.submitted(CONTENT)
    await rig.kills_server()
    await rig.starts_server()
    assert await billed(rig) == [MtState.IN_DOUBT]
    rig.carrier.answers_again()  # to a connection that is gone; its receipt comes over the new one
    await ends_once(rig, mo, "DELIVERED", submits=1)


async def test_CH3_killed_between_submit_sm_and_its_response_without_a_receipt_it_ends_unknown(
    rig: Rig,
) -> None:
    rig.soon_gives_up_on_receipts()
    mo = await begins(rig)
    rig.carrier.does_next("silence", contains=CONTENT)
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.submitted(CONTENT)
    await rig.kills_server()
    await rig.starts_server()
    await ends_once(rig, mo, "UNKNOWN", submits=1)


async def test_CH3_a_receipt_stored_before_the_kill_settles_what_is_in_doubt_after_it(rig: Rig) -> None:
    mo = await begins(rig)
    early = Outcome("a receipt, and never a submit_sm_resp", answers=False)
    rig.carrier.does_next(early, contains=CONTENT)
    seen = rig.carrier.pdus.last
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.carrier.pdus.find(
        lambda n, p: n > seen and p.direction == "in" and p.pdu.command.name == "DELIVER_SM_RESP", timeout=5
    )
    await rig.kills_server()
    await rig.starts_server()
    await ends_once(rig, mo, "DELIVERED", submits=1)


async def test_CH3_killed_between_the_response_and_its_commit_the_redelivered_receipt_settles_it(
    rig: Rig,
) -> None:
    mo = await begins(rig, "before-result-of-billed")
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.is_killed()
    await rig.starts_server()
    await ends_once(rig, mo, "DELIVERED", submits=1)


@pytest.mark.parametrize("point", ["before-commit-of-receipt", "before-ack-of-receipt"])
async def test_CH2_killed_around_the_commit_of_a_receipt_the_charge_moves_once(rig: Rig, point: str) -> None:
    mo = await begins(rig, point)
    assert await rig.merchant.content(mo, CONTENT, callback_id="c1") == "SUCCESS"
    await rig.is_killed()
    await rig.starts_server()
    await ends_once(rig, mo, "DELIVERED", submits=1)
