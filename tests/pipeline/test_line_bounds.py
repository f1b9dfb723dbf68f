"""Every queue has an end: beyond it whoever comes is asked to come again (D4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from smsc.sim.merchant import Callback
from smsc.smpp.codes import CommandStatus
from tests.conversations.s2 import CONTENT, subscribes
from tests.pipeline.faults import Stall
from tests.stage import BEAT, Stage, open_stage

QUEUE_MAX = 5
LIMITS = f"limits: {{mo_queue_max: {QUEUE_MAX}, receipt_queue_max: {QUEUE_MAX}, call_queue_max: {QUEUE_MAX}}}"
TRY_AGAIN = CommandStatus.ESME_RX_T_APPN


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server with short queues."""
    async with open_stage(tmp_path, server=LIMITS) as opened:
        yield opened


async def test_D4_mos_beyond_the_queue_come_again_and_all_arrive(stage: Stage) -> None:
    stall = Stall(stage.server.store)
    held = asyncio.create_task(stage.handset(BEAT).texts("HALLO", to="543"))
    await stall.is_reached()
    numbers = [f"417955520{n}" for n in range(20, 20 + 2 * QUEUE_MAX)]
    texting = [asyncio.create_task(stage.handset(n).texts("HOROSKOP", to="543", tries=2)) for n in numbers]
    for _ in range(QUEUE_MAX):
        await refused_another(stage)
    assert len(refusals(stage)) == QUEUE_MAX
    stall.ends()
    assert await asyncio.gather(held, *texting) == [0] * (1 + 2 * QUEUE_MAX)
    for number in numbers:
        assert await stage.state(number, "543/HOROSKOP") == "pending"
    assert len(stage.submits(contains="START HOROSKOP")) == len(numbers)


def refusals(stage: Stage) -> list[int]:
    """Numbers of the deliver_sm that were asked to come again."""
    return [p.pdu.sequence_number for p in stage.carrier.pdus.all() if p.pdu.command_status == TRY_AGAIN]


async def refused_another(stage: Stage) -> None:
    """Wait for as many refusals as the queue is too short."""
    async with asyncio.timeout(20):
        while len(refusals(stage)) < QUEUE_MAX:
            await stage.carrier.pdus.grows(beyond=stage.carrier.pdus.last)


async def test_D4_calls_beyond_the_queue_are_answered_503(stage: Stage) -> None:
    mos = [await subscribes(stage, stage.handset(f"417955530{n}")) for n in range(20, 20 + 2 * QUEUE_MAX)]
    query = {"cc": stage.merchant.cc, "ekey": stage.merchant.ekey, "title": "543", "message": CONTENT}
    query |= {"value": "3.00", "currency": "CHF", "network": "SWISSCOM8CH4", "reply": "0"}
    stall = Stall(stage.server.store)
    held = asyncio.create_task(stage.handset(BEAT).texts("HALLO", to="543"))
    await stall.is_reached()

    async def call(client: httpx.AsyncClient, mo: Callback) -> httpx.Response:
        own = {"number": mo["number"], "id": f"{mo['id']}|c1"}
        return await client.get("/gateway", params=query | own)

    async with httpx.AsyncClient(base_url=stage.merchant.gateway, trust_env=False) as client:
        calls = [asyncio.create_task(call(client, mo)) for mo in mos]
        done: set[asyncio.Task[httpx.Response]] = set()
        while len(done) < QUEUE_MAX:
            done, _ = await asyncio.wait(calls, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        stall.ends()
        answers = await asyncio.gather(*calls)
    await held
    assert sorted(a.status_code for a in answers) == [200] * QUEUE_MAX + [503] * QUEUE_MAX
    assert all(int(a.headers["Retry-After"]) >= 1 for a in answers if a.status_code == 503)
    await stage.settles()
    assert len(stage.submits(contains=CONTENT)) == QUEUE_MAX


async def test_D3_no_more_is_on_the_wire_than_the_window_holds(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        await fills_the_window(stage, 50)


async def fills_the_window(stage: Stage, window: int) -> None:
    """Twice as many MTs as the bind's window, at a carrier that answers none; then it answers."""
    stage.carrier.holds_answers()
    numbers = [f"4179555{n}" for n in range(2000, 2000 + 2 * window)]
    texting = [stage.handset(n).texts("HOROSKOP", to="543") for n in numbers]
    assert set(await asyncio.gather(*texting)) == {0}
    assert len(stage.submits(contains="START HOROSKOP")) == window
    stage.carrier.answers_again()
    await stage.settles()
    assert len(stage.submits(contains="START HOROSKOP")) == len(numbers)


async def test_D4_what_all_binds_bring_is_bounded_by_octets_together(stage: Stage) -> None:
    stage.server.node.doors._budget.octets_max = 4096  # one MO and its objects; not two
    stall = Stall(stage.server.store)
    first = asyncio.create_task(stage.handset(BEAT).texts("HALLO", to="543"))
    await stall.is_reached()
    again = asyncio.create_task(stage.handset("41795552019").texts("HALLO", to="543", tries=2))
    third = asyncio.create_task(stage.handset("41795552018").texts("HALLO", to="543", tries=2))
    async with asyncio.timeout(20):
        while not refusals(stage):
            await stage.carrier.pdus.grows(beyond=stage.carrier.pdus.last)
    stall.ends()
    assert list(await asyncio.gather(first, again, third)) == [0, 0, 0]
    await stage.settles()
    assert stage.server.node.doors._budget.in_hand == 0
