"""A peer that breaks the rules on a live bind: each fault has its answer, and the bind goes on."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from smsc.app.compose import Running, start
from smsc.config import load_config
from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from tests.stage import BEAT

CONFIG = """
database: "sqlite:///{folder}/smsc.db"
http: {{listen: "127.0.0.1:0"}}
drain_s: 1
carriers:
  helvetia:
    country: CH
    binds: [{{address: "{address}", system_id: astro, password: secret}}]
"""
KEYWORDS = """
short_codes:
  "543": {country: CH, role: marketing, carriers: [helvetia], help_reply: "Hilfe: 0800 123 456"}
merchants: {}
campaigns: []
"""


class RawCarrier:
    """A carrier that writes whatever octets it likes on the server's bind."""

    def __init__(self) -> None:
        self.bound = asyncio.Event()
        self._frames: asyncio.Queue[Pdu] = asyncio.Queue()

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        buffer = bytearray()
        while data := await reader.read(65536):
            buffer += data
            while (frame := take_frame(buffer)) is not None:
                pdu = decode(frame)
                if pdu.command is Command.BIND_TRANSCEIVER:
                    answer = Pdu(
                        pdu.command.response, {"system_id": "raw"}, sequence_number=pdu.sequence_number
                    )
                    writer.write(encode(answer))
                    self.bound.set()
                elif pdu.command is Command.UNBIND:
                    writer.write(encode(Pdu(pdu.command.response, sequence_number=pdu.sequence_number)))
                else:
                    self._frames.put_nowait(pdu)
        writer.close()

    async def says(self, octets: bytes) -> Pdu:
        """Write these octets; what the server answers."""
        self.writer.write(octets)
        return await self.hears()

    async def hears(self) -> Pdu:
        """The next PDU of the server."""
        return await asyncio.wait_for(self._frames.get(), 5)

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()


def deliver_sm(number: int, text: bytes) -> bytes:
    fields = {"source_addr_ton": 1, "source_addr": BEAT, "destination_addr": "543", "short_message": text}
    return encode(Pdu(Command.DELIVER_SM, fields, sequence_number=number))


@asynccontextmanager
async def serving(folder: Path, address: str) -> AsyncIterator[Running]:
    """A server that dials this carrier and nobody else."""
    config = CONFIG.format(folder=folder, address=address)
    server = await start(load_config(config, file="smsc.yaml", environ={}), KEYWORDS)
    try:
        yield server
    finally:
        await server.stop()


async def test_a_malformed_pdu_gets_its_status_and_the_bind_lives_on(tmp_path: Path) -> None:
    raw = RawCarrier()
    async with serving(tmp_path, await raw.start()):
        await asyncio.wait_for(raw.bound.wait(), 5)
        good = deliver_sm(1, b"HELP")
        overrun = good + struct.pack(">HH", 0x1401, 200) + b"03"
        answer = await raw.says(struct.pack(">I", len(overrun)) + overrun[4:])
        assert (answer.command, answer.command_status) == (
            Command.DELIVER_SM_RESP,
            CommandStatus.ESME_RINVOPTPARSTREAM,
        )
        nack = await raw.says(struct.pack(">IIII", 16, 0x0000_0999, 0, 7))
        assert (nack.command, nack.command_status, nack.sequence_number) == (
            Command.GENERIC_NACK,
            CommandStatus.ESME_RINVCMDID,
            7,
        )
        wrong = await raw.says(encode(Pdu(Command.CANCEL_SM, {"message_id": "1"}, sequence_number=8)))
        assert (wrong.command, wrong.command_status) == (
            Command.CANCEL_SM_RESP,
            CommandStatus.ESME_RINVCMDID,
        )
        alive = await raw.says(encode(Pdu(Command.ENQUIRE_LINK, sequence_number=9)))
        assert alive.command is Command.ENQUIRE_LINK_RESP
        taken = await raw.says(good)
        assert (taken.command, taken.command_status) == (Command.DELIVER_SM_RESP, 0)
        answered = await raw.hears()
        assert answered.command is Command.SUBMIT_SM and answered["destination_addr"] == BEAT
    await raw.stop()
