"""Whom a listener lets in."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smsc.link import BindState, Listener, ListenerLimits, client_context, same_secret, server_context
from smsc.smpp.codec import decode, encode
from smsc.smpp.codes import Command, CommandStatus
from smsc.smpp.pdu import Pdu
from smsc.smpp.timers import Timers

if TYPE_CHECKING:
    from tests.link.conftest import Rig


class Raw:
    """A peer that speaks octets."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, address: str) -> Raw:
        host, _, port = address.rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def says(self, pdu: Pdu) -> Pdu:
        self.writer.write(encode(pdu, sequence_number=1))
        return await self.hears()

    async def hears(self) -> Pdu:
        async with asyncio.timeout(20):
            head = await self.reader.readexactly(4)
            return decode(head + await self.reader.readexactly(int.from_bytes(head, "big") - 4))

    async def hears_the_end(self) -> None:
        async with asyncio.timeout(20):
            assert await self.reader.read() == b""
        self.writer.close()
        await self.writer.wait_closed()

    async def leaves(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def bind(system_id: str = "astro", password: str = "secret") -> Pdu:
    fields = {"system_id": system_id, "password": password, "interface_version": 0x34}
    return Pdu(Command.BIND_TRANSCEIVER, fields)


async def refused(rig: Rig, request: Pdu) -> int:
    raw = await Raw.to(rig.address)
    answer = await raw.says(request)
    await raw.hears_the_end()
    assert answer.command is Command.BIND_TRANSCEIVER_RESP
    return answer.command_status


async def test_wrong_name_and_wrong_password_are_refused(rig: Rig) -> None:
    await rig.listen()
    assert await refused(rig, bind(system_id="nobody")) == CommandStatus.ESME_RINVSYSID
    assert await refused(rig, bind(password="guess")) == CommandStatus.ESME_RINVPASWD
    assert rig.mc.told == []
    assert [request.host for request in rig.asked] == ["127.0.0.1"] * 2
    assert "guess" not in repr(rig.asked)


async def test_answer_to_a_failed_bind_is_held_back(rig: Rig) -> None:
    loop = asyncio.get_running_loop()
    await rig.listen(limits=ListenerLimits(refusal_delay_s=0.05))
    began = loop.time()
    await refused(rig, bind(password="guess"))
    assert loop.time() - began >= 0.049


async def test_account_is_refused_from_elsewhere(rig: Rig) -> None:
    await rig.listen()
    rig.account = replace(rig.account, allow=("192.0.2.0/24", "10.0.0.1"))
    assert await refused(rig, bind()) == CommandStatus.ESME_RBINDFAIL
    rig.account = replace(rig.account, allow=("192.0.2.0/24", "127.0.0.0/8"))
    raw = await Raw.to(rig.address)
    assert (await raw.says(bind())).command_status == 0
    await raw.leaves()


async def test_account_has_so_many_sessions_and_no_more(rig: Rig) -> None:
    await rig.listen()
    rig.account = replace(rig.account, sessions=1)
    first = await Raw.to(rig.address)
    assert (await first.says(bind())).command_status == 0
    assert await refused(rig, bind()) == CommandStatus.ESME_RALYBND
    await first.leaves()
    await rig.mc.hears("unbound")
    again = await Raw.to(rig.address)
    assert (await again.says(bind())).command_status == 0
    await again.leaves()


async def test_connection_that_never_binds_is_closed(rig: Rig) -> None:
    await rig.listen(limits=ListenerLimits(timers=Timers(session_init_s=0.02)))
    raw = await Raw.to(rig.address)
    await raw.hears_the_end()


async def test_session_init_ends_with_the_bind(rig: Rig) -> None:
    await rig.listen(limits=ListenerLimits(timers=Timers(session_init_s=0.05)))
    rig.dial()
    await rig.esme.hears("bound")
    loop = asyncio.get_running_loop()
    later = asyncio.Event()
    loop.call_later(0.1, later.set)
    await later.wait()
    assert rig.esme.words() == ["bound"]


async def test_connections_above_the_limit_are_dropped(rig: Rig) -> None:
    await rig.listen(limits=ListenerLimits(connections_max=1))
    first = await Raw.to(rig.address)
    assert (await first.says(bind())).command_status == 0
    second = await Raw.to(rig.address)
    await second.hears_the_end()
    await first.leaves()


async def test_garbage_is_nacked_and_dropped(rig: Rig) -> None:
    await rig.listen()
    raw = await Raw.to(rig.address)
    raw.writer.write(b"GET / HTTP/1.1\r\n\r\n")
    nack = await raw.hears()
    assert (nack.command, nack.command_status) == (Command.GENERIC_NACK, CommandStatus.ESME_RINVCMDLEN)
    await raw.hears_the_end()


async def test_outbind_is_not_served(rig: Rig) -> None:
    await rig.listen()
    raw = await Raw.to(rig.address)
    raw.writer.write(encode(Pdu(Command.OUTBIND), sequence_number=1))
    await raw.hears_the_end()


async def test_stop_unbinds_everyone(rig: Rig) -> None:
    await rig.bound()
    stranger = await Raw.to(rig.address)
    dialer = rig.dialers[0]
    await rig.listeners[0].stop()
    await rig.esme.hears("unbound")
    assert rig.esme.facts("unbound") == ["the peer unbound"]
    await stranger.hears_the_end()
    await dialer.stop()


async def test_expected_account_is_on_the_board_before_it_binds(rig: Rig) -> None:
    rig.board.expect(rig.account)
    (row,) = rig.board.rows()
    assert (row.name, row.direction, row.state) == ("in", "accept", BindState.DOWN)
    await rig.bound()
    assert rig.board.rows()[0].state is BindState.BOUND


async def test_taken_port_is_an_error(rig: Rig) -> None:
    await rig.listen()
    other = Listener(rig.address, rig.authenticate, rig.mc, board=rig.board)
    with pytest.raises(OSError, match=r"in use"):
        await other.start()


def test_secrets_compare_whole() -> None:
    assert same_secret("pässword", "pässword")
    assert not same_secret("passwor", "password")


async def test_TLS_binds_and_checks_who_answers(rig: Rig, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    context = server_context(cert=cert, key=key)
    limits = ListenerLimits(refusal_delay_s=0.01)
    listener = Listener("127.0.0.1:0", rig.authenticate, rig.mc, board=rig.board, tls=context, limits=limits)
    rig.listeners.append(listener)
    host, port = await listener.start()
    rig.address = f"{host}:{port}"
    trusting = client_context(ca=cert)
    rig.dial(replace(rig.settings(), tls=trusting, tls_name="localhost"))
    await rig.esme.hears("bound")
    assert rig.asked[0].tls
    assert rig.mc.links[0].peer.startswith("127.0.0.1:")


@pytest.mark.parametrize("flaw", ["unknown authority", "other name"])
async def test_TLS_without_a_trusted_name_binds_nothing(
    rig: Rig, certificate: tuple[Path, Path], flaw: str
) -> None:
    cert, key = certificate
    context = server_context(cert=cert, key=key)
    listener = Listener("127.0.0.1:0", rig.authenticate, rig.mc, board=rig.board, tls=context)
    rig.listeners.append(listener)
    host, port = await listener.start()
    rig.address = f"{host}:{port}"
    tls: ssl.SSLContext = client_context() if flaw == "unknown authority" else client_context(ca=cert)
    rig.dial(
        replace(rig.settings(), tls=tls, tls_name="localhost" if flaw == "unknown authority" else "other")
    )
    await rig.row(lambda row: "certificate" in row.last_reason.lower())
    assert rig.esme.told == []
