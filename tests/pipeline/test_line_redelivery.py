"""Ack after commit, and redeliveries told from new messages (D1, D1a, OO1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import tests.stage
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from smsc.sms.numbers import Msisdn
from smsc.store import StoredMo
from tests.conversations.s2 import confirms, stops, subscribes
from tests.pipeline.faults import Stall
from tests.pipeline.peer import DIALLED, Peer
from tests.stage import ANNA, BEAT, Stage, open_stage

RESPONSE_S = 0.000_001
"""How long the raw carrier waits for an answer to an MO: whatever it asks meanwhile takes longer."""
CARL = "41781234501"


@pytest.fixture
async def stage(tmp_path: Path, peer: Peer) -> AsyncIterator[Stage]:
    """A server that has dialled the raw carrier too."""
    address = await peer.listens()
    raw = DIALLED.format(address=address, response_s=RESPONSE_S)
    async with open_stage(tmp_path, carrier=raw) as opened:
        await peer.is_bound()
        yield opened


@pytest.fixture
async def patient(tmp_path: Path, peer: Peer) -> AsyncIterator[Stage]:
    """The same with a raw carrier that waits for its answers."""
    raw = DIALLED.format(address=await peer.listens(), response_s=60)
    async with open_stage(tmp_path, carrier=raw) as opened:
        await peer.is_bound()
        yield opened


async def stored(stage: Stage, msisdn: str) -> list[StoredMo]:
    """Every MO of a number, in order."""
    await stage.settles()
    return (await stage.server.store.read(lambda r: r.timeline(Msisdn(msisdn)))).mos


async def new(stage: Stage, msisdn: str) -> list[bool]:
    """Whether each MO of a number was taken for a new one."""
    return [found.redelivery_of is None for found in await stored(stage, msisdn)]


async def loses_its_links(stage: Stage) -> None:
    """The carrier's connections fail, and the server binds again."""
    before = stage.carrier.events.last
    stage.carrier.drop_links()
    await stage.rebinds(beyond=before)


async def test_D1_a_store_that_stalls_gives_no_ack(stage: Stage, peer: Peer) -> None:
    stall = Stall(stage.server.store)
    number = peer.texts(CARL, "HOROSKOP")
    await stall.is_reached()
    await peer.asks_whether_it_is_there()
    assert peer.answers(number) == [] and peer.mts() == []
    stall.ends()
    assert (await peer.answer_to(number)).command_status == 0
    await peer.takes()


async def test_D1a_a_redelivery_after_a_lost_link_is_absorbed_once(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    assert await anna.texts("HOROSKOP", to="543") == 0
    await loses_its_links(stage)
    assert await anna.texts("HOROSKOP", to="543") == 0
    assert await anna.texts("HOROSKOP", to="543") == 0
    assert await new(stage, ANNA) == [True, False, True]


async def test_D1a_two_equal_texts_on_a_healthy_bind_are_two(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await asyncio.gather(anna.texts("HOROSKOP", to="543"), anna.texts("HOROSKOP", to="543"))
    assert await anna.texts("HOROSKOP", to="543") == 0
    assert await new(stage, ANNA) == [True, True, True]


async def test_D1a_each_stored_mo_absorbs_one(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    for _ in range(2):
        await anna.texts("HALLO", to="543")
    await loses_its_links(stage)
    await asyncio.gather(*(anna.texts("HALLO", to="543") for _ in range(3)))
    assert sorted(await new(stage, ANNA)) == [False, False, True, True, True]


async def test_D1a_a_redelivery_in_the_batch_of_the_first_is_absorbed(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    stall = Stall(stage.server.store)
    held = asyncio.create_task(stage.handset(BEAT).texts("HALLO", to="543"))
    await stall.is_reached()
    texting = asyncio.create_task(anna.texts("HOROSKOP", to="543", tries=2))
    await stage.carrier.pdus.find(lambda _, p: p.pdu.text("source_addr") == ANNA, timeout=20)
    await loses_its_links(stage)
    stall.ends()
    assert await texting == 0
    await held
    assert await new(stage, ANNA) == [True, False]
    await anna.gets("START HOROSKOP")
    assert anna.has_silence()


async def test_D1a_an_mo_answered_too_late_absorbs_what_the_carrier_sends_again(
    stage: Stage, peer: Peer
) -> None:
    stall = Stall(stage.server.store)
    first = peer.texts(CARL, "HOROSKOP")
    await stall.is_reached()
    await peer.asks_whether_it_is_there()  # its carrier has given it up by now
    again = peer.texts(CARL, "HOROSKOP")
    await peer.asks_whether_it_is_there()
    stall.ends()
    for number in (first, again):
        assert (await peer.answer_to(number)).command_status == 0
    assert len(await peer.takes()) == 1
    assert await new(stage, CARL) == [True, False]


async def test_D1a_an_mo_given_up_while_it_waited_absorbs_what_the_carrier_sends_again(
    stage: Stage, peer: Peer
) -> None:
    stall = Stall(stage.server.store)
    held = asyncio.create_task(stage.handset(BEAT).texts("HALLO", to="543"))
    await stall.is_reached()
    first = peer.texts(CARL, "HOROSKOP")
    await peer.asks_whether_it_is_there()  # its carrier has given it up by now
    again = peer.texts(CARL, "HOROSKOP")
    await peer.asks_whether_it_is_there()
    stall.ends()
    await held
    for number in (first, again):
        assert (await peer.answer_to(number)).command_status == 0
    assert len(await peer.takes()) == 1
    assert await new(stage, CARL) == [True, False]


async def unbinds(peer: Peer) -> None:
    """The carrier leaves in order, and the server binds again."""
    binds = peer.binds
    answer = await peer.answer_to(peer.sends(Pdu(Command.UNBIND)))
    assert (answer.command, answer.command_status) == (Command.UNBIND_RESP, 0)
    await peer.is_bound(times=binds + 1)


async def test_D1a_what_was_answered_before_an_orderly_unbind_has_arrived(patient: Stage, peer: Peer) -> None:
    assert (await peer.answer_to(peer.texts(CARL, "HELP"))).command_status == 0
    await unbinds(peer)
    assert (await peer.answer_to(peer.texts(CARL, "HELP"))).command_status == 0
    assert await new(patient, CARL) == [True, True]
    assert len(await peer.takes(times=2)) == 2


async def test_D1a_what_is_open_at_an_unbind_is_answered_before_it_and_may_come_again(
    patient: Stage, peer: Peer
) -> None:
    stall = Stall(patient.server.store)
    number = peer.texts(CARL, "HELP")
    await stall.is_reached()
    unbind = peer.sends(Pdu(Command.UNBIND))
    behind = peer.texts(CARL, "HOROSKOP")
    assert (await peer.answer_to(behind)).command_status == CommandStatus.ESME_RINVBNDSTS
    assert peer.answers(unbind) == []
    stall.ends()
    await peer.answer_to(unbind)
    order = [pdu.sequence_number for pdu in peer.heard if pdu.command.is_response]
    assert order.index(number) < order.index(unbind)
    await peer.is_bound(times=2)
    assert (await peer.answer_to(peer.texts(CARL, "HELP"))).command_status == 0
    assert await new(patient, CARL) == [True, False]


async def says_over_both(stage: Stage, tlvs: dict[int, bytes]) -> None:
    """The same MO over each of two sessions that live."""
    await stage.carrier.is_bound(links=2)
    for link in stage.carrier.links:
        others = [each for each in stage.carrier.links if each is not link]
        for each in others:
            stage.carrier._errands.links.remove(each)
        assert await stage.carrier.deliver(ANNA, "543", "HOROSKOP", tlvs=tlvs) == 0
        stage.carrier._errands.links.extend(others)


@pytest.mark.parametrize(("number", "taken"), [(b"mo-1\0", [True, False]), (b"", [True, True])])
async def test_D1a_over_two_living_sessions_the_carriers_number_tells_a_redelivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: bytes, taken: list[bool]
) -> None:
    two = tests.stage.CONFIG.replace("window: 50", "sessions: 2, window: 50")
    monkeypatch.setattr(tests.stage, "CONFIG", two)
    async with open_stage(tmp_path, carrier="    mo_id_tlv: 0x1502") as opened:
        await says_over_both(opened, {0x1502: number} if number else {})
        assert await new(opened, ANNA) == taken


async def test_D1a_the_same_words_long_after_a_lost_link_are_new(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await subscribes(stage, anna)
    await stops(stage, anna)
    await loses_its_links(stage)
    await stage.passes(days=30)
    await anna.gets("HOROSKOP: Du bist abgemeldet")
    await anna.texts("HOROSKOP", to="543")
    await anna.gets("START HOROSKOP")
    await anna.texts("START HOROSKOP", to="543")
    await stage.merchant.gets(message="HOROSKOP")
    assert await stage.state(ANNA, "543/HOROSKOP") == "active"
    await stops(stage, anna)
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"


async def test_OO1_a_stop_for_what_lives_again_is_never_taken_for_a_redelivery(stage: Stage) -> None:
    anna = stage.handset(ANNA)
    await confirms(stage, anna)
    await stops(stage, anna)
    await loses_its_links(stage)
    await stage.passes(minutes=5)
    await anna.texts("HALLO HOROSKOP", to="543")
    await anna.texts("HORO", to="543")
    await anna.texts("START HORO", to="543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "active"
    await anna.texts("STOP HOROSKOP", to="543")
    assert await stage.state(ANNA, "543/HOROSKOP") == "opted_out"
