"""The load generator tells the truth about a server that behaves and about one that does not."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from smsc.smpp.receipt import parse_receipt

LOAD = Path(__file__).with_name("load.py")


async def pdus(reader: asyncio.StreamReader) -> AsyncIterator[Pdu]:
    buffer = bytearray()
    while data := await reader.read(65536):
        buffer += data
        while (frame := take_frame(buffer)) is not None:
            yield decode(frame)


async def play(*options: str, answers: int, status: int = 0) -> tuple[dict[str, Any], list[Pdu], int | None]:
    """A small ESME binds to the load generator: it acks every MO and sends `answers` MTs to each."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LOAD), "--json", *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    address = json.loads(await process.stdout.readline())["listening"]
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(encode(Pdu(Command.BIND_TRANSCEIVER, {"system_id": "smsc"}, sequence_number=1)))
    got: list[Pdu] = []
    async for pdu in pdus(reader):
        got.append(pdu)
        if pdu.command is not Command.DELIVER_SM:
            continue
        number = pdu.sequence_number
        out = [Pdu(Command.DELIVER_SM_RESP, command_status=status, sequence_number=number)]
        if not pdu["esm_class"]:
            reply = {"source_addr": pdu["destination_addr"], "destination_addr": pdu["source_addr"]}
            mts = [
                Pdu(Command.SUBMIT_SM, dict(reply), sequence_number=number * 10 + i) for i in range(answers)
            ]
            out += mts
        writer.write(b"".join(encode(each) for each in out))
    writer.close()
    figures = json.loads(await process.stdout.readline())
    return figures, got, await process.wait()


async def test_every_mo_acked_and_answered() -> None:
    figures, got, code = await play("--count", "300", "--window", "20", "--text", "HELP", answers=1)
    assert code == 0 and figures["complete"]
    assert (figures["acked"], figures["submits"], figures["answered"]) == (300, 300, 300)
    assert figures["pairs_per_s"] > 0 and figures["ack_p99_ms"] >= figures["ack_p50_ms"] > 0
    mos = [pdu for pdu in got if pdu.command is Command.DELIVER_SM]
    assert len({pdu["source_addr"] for pdu in mos}) == 300
    assert {(pdu["destination_addr"], pdu["short_message"]) for pdu in mos} == {("543", b"HELP")}
    assert got[0].command is Command.BIND_TRANSCEIVER_RESP


async def test_the_window_is_kept() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(LOAD),
        *("--json", "--count", "50", "--window", "7", "--patience", "0.2"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    host, _, port = json.loads(await process.stdout.readline())["listening"].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(encode(Pdu(Command.BIND_TRANSCEIVER, sequence_number=1)))
    got = [pdu async for pdu in pdus(reader)]
    writer.close()
    assert sum(pdu.command is Command.DELIVER_SM for pdu in got) == 7
    assert await process.wait() == 1


async def test_receipts_follow_their_mts() -> None:
    figures, got, _ = await play("--count", "20", "--receipts", answers=1)
    assert figures["complete"]
    ids = [pdu["message_id"] for pdu in got if pdu.command is Command.SUBMIT_SM_RESP]
    receipts = [
        parse_receipt(pdu.octets("short_message").decode())
        for pdu in got
        if pdu.command is Command.DELIVER_SM and pdu["esm_class"] == 4
    ]
    assert len(set(ids)) == 20 == figures["receipts_acked"]
    assert [receipt.message_id for receipt in receipts if receipt is not None] == ids


async def test_silence_is_not_called_complete() -> None:
    figures, _, code = await play("--count", "10", "--patience", "0.2", answers=0)
    assert code == 1 and not figures["complete"]
    assert (figures["acked"], figures["answered"], figures["pairs_per_s"]) == (10, 0, 0)


async def test_a_second_mt_is_counted_as_repeated() -> None:
    figures, _, _ = await play("--count", "10", "--window", "1", answers=2)
    assert (figures["answered"], figures["submits"], figures["repeated"]) == (10, 20, 10)


async def test_refusals_are_not_acks() -> None:
    figures, _, code = await play("--count", "10", answers=0, status=CommandStatus.ESME_RTHROTTLED)
    assert code == 1
    assert (figures["acked"], figures["refused"]) == (0, 10)
