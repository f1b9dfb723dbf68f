"""MOs in several parts: joined before they are routed, released at the deadline with what is there (RT8)."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from smsc.smpp.codes import Command, EsmClass
from smsc.smpp.pdu import Pdu
from smsc.sms.numbers import Msisdn
from smsc.store import StoredMo
from tests.conversations.s2 import confirms, subscribes
from tests.stage import ANNA, Stage


def part(text: str, number: int, *, of: int = 2, reference: int = 7, msisdn: str = ANNA) -> Pdu:
    """One part of an MO to 543."""
    header = bytes((5, 0, 3, reference, of, number))
    fields = {"source_addr_ton": 1, "source_addr": msisdn, "destination_addr": "543"}
    fields |= {"esm_class": int(EsmClass.UDHI), "short_message": header + text.encode("ascii")}
    return Pdu(Command.DELIVER_SM, fields)


async def routed(stage: Stage) -> list[StoredMo]:
    """Anna's MOs that went through the engine."""
    await stage.settles()
    found = (await stage.server.store.read(lambda r: r.timeline(Msisdn(ANNA)))).mos
    return [s for s in found if s.route not in ("part", "redelivery", "repeat")]


@pytest.mark.parametrize("order", list(itertools.permutations(((1, "STOP HO"), (2, "ROSKOP")))))
async def test_RT8_a_stop_in_two_parts_stops_in_either_order(
    stage: Stage, order: tuple[tuple[int, str], ...]
) -> None:
    await confirms(stage, stage.handset(ANNA))
    for number, text in order:
        assert await stage.carrier.hand_over(part(text, number)) == 0
    assert (await routed(stage))[-1].mo.text == "STOP HOROSKOP"
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"


async def test_RT8_both_parts_in_one_batch_are_joined(stage: Stage) -> None:
    await confirms(stage, stage.handset(ANNA))
    await asyncio.gather(*(stage.carrier.hand_over(part(t, n)) for n, t in ((1, "STOP HO"), (2, "ROSKOP"))))
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"


async def test_RT8_an_incomplete_stop_is_released_at_the_deadline_flagged_and_stops(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    assert await stage.carrier.hand_over(part("STOP", 1)) == 0
    await stage.passes(minutes=4)
    assert await stage.state(ANNA, "543/HOROSKOP") == "active"
    await stage.passes(minutes=2)
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
    released = (await routed(stage))[-1]
    assert released.mo.text == "STOP" and "incomplete" in released.mo.flags
    await stage.passes(minutes=1)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    assert anna.has_silence()


async def test_RT8_parts_survive_a_restart(stage: Stage) -> None:
    await confirms(stage, stage.handset(ANNA))
    assert await stage.carrier.hand_over(part("STOP HO", 1)) == 0
    await stage.settles()
    await stage.server.stop()
    await stage.server_starts()
    assert await stage.carrier.hand_over(part("ROSKOP", 2)) == 0
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"


async def test_RT8_a_redelivered_part_is_absorbed_and_makes_no_second_message(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    assert await stage.carrier.hand_over(part("HORO", 1)) == 0
    before = stage.carrier.events.last
    stage.carrier.drop_links()
    await stage.rebinds(beyond=before)
    assert await stage.carrier.hand_over(part("HORO", 1)) == 0
    assert await stage.carrier.hand_over(part("SKOP", 2)) == 0
    await anna.gets("START HOROSKOP")
    await stage.passes(minutes=6)
    assert [s.mo.text for s in await routed(stage)] == ["HOROSKOP"]
    assert anna.has_silence()


async def test_RT8_a_part_that_comes_twice_is_one_part(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    for number, text in ((1, "HORO"), (1, "HORO"), (2, "SKOP")):
        assert await stage.carrier.hand_over(part(text, number)) == 0
    await anna.gets("START HOROSKOP")
    await stage.passes(minutes=6)
    assert [s.mo.text for s in await routed(stage)] == ["HOROSKOP"]


async def test_RT8_two_messages_with_one_reference_from_two_numbers_are_not_mixed(stage: Stage) -> None:
    other = "41791234588"
    await stage.carrier.hand_over(part("HORO", 1))
    await stage.carrier.hand_over(part("SPR", 1, msisdn=other))
    await stage.carrier.hand_over(part("SKOP", 2))
    await stage.carrier.hand_over(part("UCH", 2, msisdn=other))
    assert await stage.state(ANNA, "543/HOROSKOP") == "pending"
    assert await stage.state(other, "543/SPRUCH") == "pending"
