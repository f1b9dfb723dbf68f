"""Octets that no carrier should send, on a bind that lives: answered, and the next MO is as good as ever."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.smpp.codec import encode
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from tests.pipeline.peer import DIALLED, DIALLING, Peer
from tests.stage import Stage, open_stage

CARL = "41781234501"
MO = Pdu(Command.DELIVER_SM, {"source_addr_ton": 1, "source_addr": CARL, "destination_addr": "543"})
NUMBER = 0x1234


def with_tail(pdu: Pdu, tail: bytes) -> bytes:
    """A PDU with octets behind it that its command_length counts in."""
    frame = encode(pdu, sequence_number=NUMBER) + tail
    return struct.pack(">I", len(frame)) + frame[4:]


def header(command: int, body: bytes = b"") -> bytes:
    """Any command_id."""
    return struct.pack(">IIII", 16 + len(body), command, 0, NUMBER) + body


BAD: dict[str, tuple[bytes, int, int]] = {
    "a TLV longer than the PDU": (
        with_tail(MO, struct.pack(">HH", 0x0204, 40) + b"\0"),
        Command.DELIVER_SM_RESP,
        CommandStatus.ESME_RINVOPTPARSTREAM,
    ),
    "half a TLV header": (with_tail(MO, b"\2"), Command.DELIVER_SM_RESP, CommandStatus.ESME_RINVOPTPARSTREAM),
    "an unknown command": (header(0x0666), Command.GENERIC_NACK, CommandStatus.ESME_RINVCMDID),
    "a body that ends too early": (
        header(Command.DELIVER_SM, b"\0\1\1" + CARL.encode()),
        Command.DELIVER_SM_RESP,
        CommandStatus.ESME_RINVCMDLEN,
    ),
    "a short_message longer than the PDU": (
        encode(MO, sequence_number=NUMBER)[:-1] + b"\x50",
        Command.DELIVER_SM_RESP,
        CommandStatus.ESME_RINVMSGLEN,
    ),
    "an address without an end": (
        header(Command.DELIVER_SM, b"\0\1\1" + b"9" * 60),
        Command.DELIVER_SM_RESP,
        CommandStatus.ESME_RINVCMDLEN,
    ),
    "a second bind": (
        encode(Pdu(Command.BIND_TRANSCEIVER, {"system_id": "raw"}), sequence_number=NUMBER),
        Command.BIND_TRANSCEIVER_RESP,
        CommandStatus.ESME_RALYBND,
    ),
}


@pytest.fixture
async def dialled(tmp_path: Path, peer: Peer) -> AsyncIterator[Stage]:
    """A server that has dialled the raw carrier."""
    address = await peer.listens()
    async with open_stage(tmp_path, carrier=DIALLED.format(address=address, response_s=60)) as opened:
        await peer.is_bound()
        yield opened


@pytest.fixture
async def listening(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server with a listener for the raw carrier."""
    server = 'smpp: {listen: {address: "127.0.0.1:0"}}'
    async with open_stage(tmp_path, server=server, carrier=DIALLING) as opened:
        yield opened


async def goes_on(peer: Peer) -> None:
    """A usual MO on the same bind gets its answer and its MT."""
    assert (await peer.answer_to(peer.texts(CARL, "HOROSKOP"))).command_status == 0
    [request] = await peer.takes()
    assert b"START HOROSKOP" in request.octets("short_message")
    assert peer.hung_up == 0


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_pdu_is_answered_and_the_bind_lives(dialled: Stage, peer: Peer, name: str) -> None:
    octets, command, status = BAD[name]
    peer.sends_octets(octets)
    answer = await peer.answer_to(NUMBER)
    assert (answer.command, answer.command_status) == (command, status)
    await goes_on(peer)


async def test_a_submit_sm_to_an_esme_is_refused_and_the_bind_lives(dialled: Stage, peer: Peer) -> None:
    answer = await peer.answer_to(peer.texts(CARL, "HOROSKOP", command=Command.SUBMIT_SM))
    assert answer.command is Command.SUBMIT_SM_RESP
    assert answer.command_status == CommandStatus.ESME_RINVCMDID
    await goes_on(peer)


async def test_a_response_to_nothing_is_ignored(dialled: Stage, peer: Peer) -> None:
    peer.sends_octets(encode(Pdu(Command.SUBMIT_SM_RESP, {"message_id": "1"}, sequence_number=NUMBER)))
    peer.sends_octets(encode(Pdu(Command.GENERIC_NACK, command_status=3, sequence_number=NUMBER)))
    await peer.asks_whether_it_is_there()
    await goes_on(peer)


async def test_bad_pdus_in_one_write_with_good_ones_harm_none(dialled: Stage, peer: Peer) -> None:
    bad = b"".join(octets for octets, _, _ in BAD.values())
    mo = {**MO.fields, "short_message": b"HOROSKOP"}
    peer.sends_octets(bad + encode(Pdu(Command.DELIVER_SM, mo), sequence_number=1_000_000) + bad)
    assert (await peer.answer_to(1_000_000)).command_status == 0
    await peer.asks_whether_it_is_there()
    assert len(peer.answers(NUMBER)) == 2 * len(BAD)
    assert len(await peer.takes()) == 1


@pytest.mark.parametrize("length", [0, 15, 0x7FFFFFFF, 0xFFFFFFFF])
async def test_a_length_that_cannot_be_ends_the_connection_and_the_next_one_works(
    dialled: Stage, peer: Peer, length: int
) -> None:
    peer.sends_octets(struct.pack(">IIII", length, Command.DELIVER_SM, 0, NUMBER))
    answer = await peer.answer_to(NUMBER)
    assert answer.command is Command.GENERIC_NACK
    assert answer.command_status == CommandStatus.ESME_RINVCMDLEN
    await peer.is_bound(times=2)
    assert peer.hung_up == 1
    peer.hung_up = 0
    await goes_on(peer)


@pytest.mark.parametrize("name", [name for name in BAD if "bind" not in name])
async def test_the_listener_takes_bad_pdus_as_well(listening: Stage, peer: Peer, name: str) -> None:
    await peer.dials(listening.server.smpp_addresses[0])
    octets, command, status = BAD[name]
    as_submit = octets[:4] + octets[4:8].replace(b"\0\0\0\5", b"\0\0\0\4") + octets[8:]
    peer.sends_octets(as_submit)
    answer = await peer.answer_to(NUMBER)
    expected = Command.SUBMIT_SM_RESP if command is Command.DELIVER_SM_RESP else command
    assert (answer.command, answer.command_status) == (expected, status)
    mo = await peer.answer_to(peer.texts(CARL, "HOROSKOP", command=Command.SUBMIT_SM))
    assert mo.command_status == 0 and mo.text("message_id")
    [request] = await peer.takes(Command.DELIVER_SM)
    assert b"START HOROSKOP" in request.octets("short_message")


async def test_a_message_before_the_bind_is_refused_and_the_bind_may_follow(
    listening: Stage, peer: Peer
) -> None:
    await peer.connects(listening.server.smpp_addresses[0])
    answer = await peer.answer_to(peer.texts(CARL, "HOROSKOP", command=Command.SUBMIT_SM))
    assert answer.command is Command.SUBMIT_SM_RESP
    assert answer.command_status == CommandStatus.ESME_RINVBNDSTS
    await peer.binds_as_esme()
    mo = await peer.answer_to(peer.texts(CARL, "HOROSKOP", command=Command.SUBMIT_SM))
    assert mo.command_status == 0
    assert len(await peer.takes(Command.DELIVER_SM)) == 1


@pytest.mark.parametrize("command", [Command.DELIVER_SM, Command.SUBMIT_SM])
async def test_MT8_a_carrier_that_dials_brings_its_mos_as_either_pdu_whichever_carries_mts(
    listening: Stage, peer: Peer, command: Command
) -> None:
    await peer.dials(listening.server.smpp_addresses[0])  # its account has mt_pdu: deliver_sm
    answer = await peer.answer_to(peer.texts(CARL, "HOROSKOP", command=command))
    assert (answer.command, answer.command_status) == (command.response, 0)
    [request] = await peer.takes(Command.DELIVER_SM)
    assert b"START HOROSKOP" in request.octets("short_message")
