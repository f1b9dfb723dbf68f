"""SIGKILL with hundreds of MOs in flight: some acked, some stored, some waiting, some on the wire."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.messages import Kind
from smsc.smpp.codes import Command
from smsc.sms.numbers import Msisdn
from tests.kill.rig import KEYWORD, REQUEST_SAYS, TRIES, Rig, open_rig, same_reference

MOS = 300
NUMBERS = [f"4179123{i}" for i in range(2000, 2000 + MOS)]
WINDOW = 50
"""The server's, as the rig configures it; its batches take 40 MOs."""


@pytest.fixture
async def wide(tmp_path: Path, nursery: Path) -> AsyncIterator[Rig]:
    """A carrier that sends all MOs at once."""
    async with open_rig(tmp_path, nursery=nursery, window=MOS) as opened:
        yield opened


def acks(rig: Rig) -> int:
    """How many MOs the carrier has an answer to, while there is but one session."""
    passed = [p.pdu for p in rig.carrier.pdus.all()]
    taken = {pdu.sequence_number for pdu in passed if pdu.command is Command.DELIVER_SM_RESP}
    mos = [pdu for pdu in passed if pdu.command is Command.DELIVER_SM and not pdu.number("esm_class")]
    return sum(pdu.sequence_number in taken for pdu in mos)


@pytest.mark.parametrize("point", ["before-commit-of-mo", "before-ack-of-mo", "before-submit-of-free"])
async def test_D1_killed_with_300_mos_in_flight_each_is_stored_once_and_acked(wide: Rig, point: str) -> None:
    await wide.starts_server(point, nth=4)
    texting = [
        asyncio.create_task(wide.carrier.deliver(number, "543", KEYWORD, tries=TRIES)) for number in NUMBERS
    ]
    await wide.is_killed()
    assert 0 < acks(wide) < MOS
    await wide.starts_server()
    assert set(await asyncio.gather(*texting)) == {0}
    for number in NUMBERS:
        await wide.carrier.next_mt(number)
    await wide.stops_server()

    timelines = await wide.reads(lambda r: [r.timeline(Msisdn(number)) for number in NUMBERS])
    assert all(sum(s.redelivery_of is None for s in t.mos) == 1 for t in timelines)
    assert all([row.mt.kind for row in t.mts] == [Kind.REQUEST] for t in timelines)
    submits = wide.submits(REQUEST_SAYS)
    sent = Counter(pdu.text("destination_addr") for pdu in submits)
    assert set(sent) == set(NUMBERS)
    assert len(submits) - MOS <= WINDOW, "at most a window's worth goes twice (D3)"
    twice = [number for number, times in sent.items() if times > 1]
    assert all(same_reference(wide.submits(REQUEST_SAYS, to=number)) for number in twice)
