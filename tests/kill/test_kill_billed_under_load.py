"""SIGKILL twice among billed content and free answers in flight: what is charged was delivered (CH2, CH3, D3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from smsc.sim.merchant import Callback
from smsc.sms.numbers import Msisdn
from tests.kill.rig import CONTENT, TRIES, Rig, open_rig

SUBSCRIBERS = 40
NUMBERS = [f"4179124{i}" for i in range(2000, 2000 + SUBSCRIBERS)]
UNREACHABLE = set(NUMBERS[::3])
KILLED_AT = (8, 22)
"""So many billed MTs the carrier has at each kill."""


async def sends(rig: Rig, mo: Callback) -> str:
    """The merchant sends content and comes again, with the same id, until it has an answer."""
    while True:
        try:
            return await rig.merchant.content(mo, CONTENT, callback_id="c1")
        except httpx.HTTPError:
            await rig.carrier.is_bound(timeout=60)


@pytest.mark.parametrize("echo", [True, False])
async def test_CH3_killed_twice_under_load_only_delivered_content_is_charged(
    tmp_path: Path, nursery: Path, echo: bool
) -> None:
    async with open_rig(tmp_path, nursery=nursery, window=SUBSCRIBERS, echo=echo) as rig:
        rig.soon_gives_up_on_receipts()
        await rig.starts_server()
        mos = await asyncio.gather(*(rig.subscribes(rig.handset(number)) for number in NUMBERS))
        for number in UNREACHABLE:
            rig.carrier.does_next("undeliv", msisdn=number, billed=True)
        texting = [
            asyncio.create_task(rig.carrier.deliver(number, "543", "HELP", tries=TRIES)) for number in NUMBERS
        ]
        sending = [asyncio.create_task(sends(rig, mo)) for mo in mos]
        for billed in KILLED_AT:
            await rig.submitted(CONTENT, times=billed)
            await rig.kills_server()
            await rig.starts_server()
        assert set(await asyncio.gather(*sending)) == {"SUCCESS"}
        assert set(await asyncio.gather(*texting)) == {0}
        for mo in mos:
            await rig.merchant.gets(id=f"{mo['id']}|c1", action="mp_report", timeout=60)
        await rig.stops_server()

        sent = Counter(pdu.text("destination_addr") for pdu in rig.submits(CONTENT))
        assert max(sent.values()) == 1, "nothing billed goes twice"
        timelines = await rig.reads(lambda r: {n: r.timeline(Msisdn(n)) for n in NUMBERS})
        ends = {number: timeline.charges[-1].state.value for number, timeline in timelines.items()}
        for number, end in ends.items():
            delivered = sent[number] and number not in UNREACHABLE
            possible = {"charged"} if delivered else {"failed"} if sent[number] else set()
            assert end in possible | {"unknown"}, (number, end)
        assert {"charged", "failed"} <= set(ends.values())
