"""A carrier down to its octets: one end of one bind that says whatever a test wants it to say."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from smsc.smpp.codec import decode, encode, take_frame
from smsc.smpp.codes import BINDS, Command
from smsc.smpp.pdu import Pdu

SYSTEM_ID, PASSWORD = "raw", "secret"
WAIT_S = 20.0

DIALLED = """
  raw:
    country: CH
    prefixes: ["4178"]
    response_s: {response_s}
    binds: [{{address: "{address}", system_id: raw, password: secret, window: 10, rebind: {{initial_s: 0.02}}}}]
"""
"""A carrier that the server dials."""

DIALLING = """
  raw:
    country: CH
    prefixes: ["4178"]
    accounts: [{system_id: raw, password: secret, window: 10, mt_pdu: deliver_sm}]
"""
"""A carrier that dials the server's listener: its MOs are submit_sm."""


class Peer:
    """Takes binds (`listens`) or binds itself (`dials`); answers binds, enquire_link and unbind, and nothing else."""

    def __init__(self) -> None:
        self.heard: list[Pdu] = []
        """Every PDU of the server, over all connections."""
        self.binds = 0
        self.hung_up = 0
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._reading: set[asyncio.Task[None]] = set()

    async def listens(self) -> str:
        """Wait for the server's bind; returns the address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def connects(self, address: str) -> None:
        """Connect to the server's listener, and no more."""
        host, _, port = address.rpartition(":")
        reader, self._writer = await asyncio.open_connection(host, int(port))
        self._reading.add(asyncio.create_task(self._read(reader, self._writer)))

    async def binds_as_esme(self) -> None:
        """Ask for a bind and get it."""
        fields = {"system_id": SYSTEM_ID, "password": PASSWORD, "interface_version": 0x34}
        answer = await self.answer_to(self.sends(Pdu(Command.BIND_TRANSCEIVER, fields)))
        assert answer.command_status == 0

    async def dials(self, address: str) -> None:
        """Bind to the server's listener."""
        await self.connects(address)
        await self.binds_as_esme()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        task = asyncio.current_task()
        assert task is not None
        self._reading.add(task)
        await self._read(reader, writer)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inbox = bytearray()
        while octets := await reader.read(65536):
            inbox += octets
            while (frame := take_frame(inbox)) is not None:
                self._hear(decode(frame), writer)
        self.hung_up += 1
        self._changed.set()
        writer.close()

    def _hear(self, pdu: Pdu, writer: asyncio.StreamWriter) -> None:
        if pdu.command in BINDS or pdu.command in (Command.ENQUIRE_LINK, Command.UNBIND):
            fields = {"system_id": SYSTEM_ID} if pdu.command in BINDS else {}
            writer.write(encode(Pdu(pdu.command.response, fields, sequence_number=pdu.sequence_number)))
            self.binds += pdu.command in BINDS
        self.heard.append(pdu)
        self._changed.set()

    async def is_bound(self, *, times: int = 1) -> None:
        """Wait for the server's bind of that number."""
        await self._until(lambda: self.binds >= times)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def sends(self, pdu: Pdu) -> int:
        """Send a PDU under a new sequence_number, which is returned."""
        number = next(self._numbers)
        self.sends_octets(encode(pdu, sequence_number=number))
        return number

    def sends_octets(self, octets: bytes) -> None:
        """Send anything."""
        assert self._writer is not None
        self._writer.write(octets)

    def texts(self, msisdn: str, text: str, *, command: Command = Command.DELIVER_SM) -> int:
        """Send an MO to 543; returns its sequence_number."""
        fields = {"source_addr_ton": 1, "source_addr": msisdn, "destination_addr": "543"}
        return self.sends(Pdu(command, {**fields, "short_message": text.encode("ascii")}))

    def answers(self, number: int) -> list[Pdu]:
        """What the server answered to that number so far."""
        return [pdu for pdu in self.heard if pdu.command.is_response and pdu.sequence_number == number]

    async def answer_to(self, number: int) -> Pdu:
        """The answer to that number."""
        await self._until(lambda: bool(self.answers(number)))
        [answer] = self.answers(number)
        return answer

    async def asks_whether_it_is_there(self) -> None:
        """An enquire_link and its answer: whatever was sent before has been read by the server."""
        answer = await self.answer_to(self.sends(Pdu(Command.ENQUIRE_LINK)))
        assert answer.command is Command.ENQUIRE_LINK_RESP

    async def takes(self, command: Command = Command.SUBMIT_SM, *, times: int = 1) -> list[Pdu]:
        """Wait for so many MTs and accept them; returns all so far."""
        await self._until(lambda: len(self.mts(command)) >= times)
        for pdu in self.mts(command):
            pdu_id = f"{pdu.sequence_number:08d}"
            answer = Pdu(command.response, {"message_id": pdu_id}, sequence_number=pdu.sequence_number)
            self.sends_octets(encode(answer))
        return self.mts(command)

    def mts(self, command: Command = Command.SUBMIT_SM) -> list[Pdu]:
        """Every MT so far."""
        return [pdu for pdu in self.heard if pdu.command is command]

    def hangs_up(self) -> None:
        """Close the connection without a word."""
        assert self._writer is not None
        self._writer.transport.abort()

    async def closes(self) -> None:
        """Close everything."""
        if self._writer is not None:
            self._writer.transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        await asyncio.gather(*self._reading, return_exceptions=True)
