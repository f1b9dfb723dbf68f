"""A flood of MOs against a database that does not answer: the server refuses or stops reading, and stays small.

20,000 MOs and 1,000 of 60,000 octets; ten times that with SMSC_SOAK=1. The server is a process of its own; its
memory is read from /proc.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command, CommandStatus, Tag
from smsc.smpp.pdu import Pdu
from tests.interop.kannel import free_ports
from tests.small import KEYWORDS

MOS = 200_000 if os.environ.get("SMSC_SOAK") else 20_000
BIG_MOS = MOS // 20
BIG_OCTETS = 60_000
MIB = 1024 * 1024
GROWTH_MAX = 64 * MIB
FLOOD_S = 60.0
"""How long the flood may take; a server that stops reading ends it sooner."""
QUIET_S = 3.0
"""Nothing moves for so long: the server has stopped reading."""
SOON_S = 90.0

CONFIG = """
database: sqlite:///{folder}/smsc.db
http: {{listen: "127.0.0.1:0"}}
drain_s: 1
smpp: {{listen: {{address: "127.0.0.1:{port}"}}}}
carriers:
  helvetia:
    country: CH
    prefixes: ["41"]
    tariffs: {{"CHF 3.00": {{service_type: P}}}}
    accounts: [{{system_id: in, password: secret, mt_pdu: deliver_sm, inbound_octets_max: 33554432}}]
"""


class Server:
    """One `smsc serve`."""

    def __init__(self, folder: Path, port: int, process: asyncio.subprocess.Process) -> None:
        self.folder, self.port, self._process = folder, port, process

    def resident(self) -> int:
        """Octets of memory that are its own now."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def ends(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self._process.wait(), SOON_S)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    (port,) = free_ports(1)
    (tmp_path / "smsc.yaml").write_text(CONFIG.format(folder=tmp_path, port=port))
    (tmp_path / "keywords.yaml").write_text(KEYWORDS)
    with (tmp_path / "server.log").open("wb") as said:
        files = ("--config", "smsc.yaml", "--keywords", "keywords.yaml")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "smsc", "serve", *files, cwd=tmp_path, stdout=said, stderr=said
        )
    server = Server(tmp_path, port, process)
    yield server
    await server.ends()


class Flood(asyncio.Protocol):
    """A carrier that heeds no window: as many MOs as the socket takes."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.sent = 0
        self.moved_at = 0.0
        self.bound = asyncio.get_running_loop().create_future()
        self.room = asyncio.Event()
        self.room.set()
        self._inbox = bytearray()

    def data_received(self, data: bytes) -> None:
        self._inbox += data
        self.moved_at = asyncio.get_running_loop().time()
        while (frame := take_frame(self._inbox, octets_max=70_000)) is not None:
            pdu = decode(frame)
            if pdu.command is Command.BIND_TRANSCEIVER_RESP:
                self.bound.set_result(pdu.command_status)
            elif pdu.command in (Command.SUBMIT_SM_RESP, Command.GENERIC_NACK):
                self.statuses[int(pdu.command_status)] += 1

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.moved_at = asyncio.get_running_loop().time()
        self.room.set()


def mo(number: int) -> bytes:
    parties = {"source_addr": f"4179{number:07}", "source_addr_ton": 1, "source_addr_npi": 1}
    fields = {**parties, "destination_addr": "543", "short_message": b"HOROSKOP " + b"x" * 100}
    return encode(Pdu(Command.SUBMIT_SM, fields), sequence_number=number)


def big_mo(number: int) -> bytes:
    fields = {"source_addr": f"4178{number:07}", "source_addr_ton": 1, "destination_addr": "543"}
    payload = b"HOROSKOP " + b"x" * BIG_OCTETS
    return encode(Pdu(Command.SUBMIT_SM, fields, tlvs={Tag.MESSAGE_PAYLOAD: payload}), sequence_number=number)


async def a_moment() -> None:
    """Between two looks: the server needs the processor too."""
    await asyncio.sleep(0.02)


async def connected(port: int) -> tuple[asyncio.Transport, Flood]:
    """Bound as the carrier, as soon as the server listens."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(SOON_S):
        while True:
            try:
                transport, flood = await loop.create_connection(Flood, "127.0.0.1", port)
                break
            except ConnectionRefusedError:
                await a_moment()
        fields = {"system_id": "in", "password": "secret", "interface_version": 0x34}
        transport.write(encode(Pdu(Command.BIND_TRANSCEIVER, fields), sequence_number=1))
        assert await flood.bound == CommandStatus.ESME_ROK
    return transport, flood


async def pour(transport: asyncio.Transport, flood: Flood) -> None:
    """Write all MOs, the big ones first, as fast as the server reads."""
    for number in range(2, BIG_MOS + MOS + 2):
        await flood.room.wait()
        transport.write(big_mo(number) if number < BIG_MOS + 2 else mo(number))
        flood.sent += 1


async def watch(server: Server, flood: Flood) -> int:
    """The most memory seen until everything is answered, or nothing moves any more."""
    loop = asyncio.get_running_loop()
    most, began = 0, loop.time()
    while loop.time() < began + FLOOD_S:
        most = max(most, server.resident())
        if sum(flood.statuses.values()) >= MOS + BIG_MOS or loop.time() - flood.moved_at > QUIET_S:
            break
        await a_moment()
    return most


async def test_D4_a_flood_against_a_stalled_database_is_refused_or_not_read(server: Server) -> None:
    transport, flood = await connected(server.port)
    idle = server.resident()
    stalled = sqlite3.connect(server.folder / "smsc.db", isolation_level=None)
    stalled.execute("BEGIN EXCLUSIVE")
    flood.moved_at = asyncio.get_running_loop().time()
    pouring = asyncio.create_task(pour(transport, flood))
    most = await watch(server, flood)
    taken = flood.statuses[CommandStatus.ESME_ROK]
    assert taken == 0, "nothing is acknowledged that is not stored (D1)"
    assert most - idle <= GROWTH_MAX, f"{(most - idle) / MIB:.1f} MiB more than idle"
    refused = sum(flood.statuses.values())
    assert refused > 0 or flood.sent < MOS + BIG_MOS, "it refuses, or it stops reading"
    assert set(flood.statuses) <= {CommandStatus.ESME_RMSGQFUL}

    stalled.execute("ROLLBACK")
    stalled.close()
    pouring.cancel()
    transport.close()
    transport, flood = await connected(server.port)
    transport.write(mo(1))
    async with asyncio.timeout(SOON_S):
        while not flood.statuses:
            await a_moment()
    assert flood.statuses == {CommandStatus.ESME_ROK: 1}, "and it serves again"
    assert server.resident() - idle <= GROWTH_MAX, "and is as small as before"
    transport.close()
