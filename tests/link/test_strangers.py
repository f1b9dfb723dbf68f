"""Who is shut out, who comes through a load balancer, and who shows a certificate."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smsc.link import BanRule, Listener, ListenerLimits, client_context, server_context
from smsc.link.bans import ADDRESSES_MAX, Bans
from smsc.link.certificates import BadCertificate, expires_at
from smsc.link.proxy import SIGNATURE
from smsc.smpp.codec import encode
from smsc.smpp.codes import CommandStatus
from tests.link.test_listener import Raw, bind, refused

if TYPE_CHECKING:
    from tests.link.conftest import Rig

V1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 40001 2775\r\n"
V2 = SIGNATURE + b"\x21\x11\x00\x0c" + struct.pack("!4s4sHH", b"\xc0\x00\x02\x07", b"\x7f\0\0\1", 40001, 2775)


def test_so_many_failures_in_so_short_a_time_ban_for_so_long() -> None:
    bans = Bans(BanRule(failures=3, within_s=10, ban_s=60))
    assert not any(bans.failed("192.0.2.7", now) for now in (0.0, 6.0))
    assert not bans.failed("192.0.2.8", 7.0)
    assert not bans.failed("192.0.2.7", 11.0), "the first is too long ago"
    assert bans.failed("192.0.2.7", 12.0)
    assert bans.is_banned("192.0.2.7", 71.9)
    assert not bans.is_banned("192.0.2.8", 12.0)
    assert not bans.is_banned("192.0.2.7", 72.0)
    assert not bans.failed("192.0.2.7", 73.0), "counting begins anew"


def test_addresses_remembered_are_bounded() -> None:
    bans = Bans(BanRule(failures=1))
    assert all(bans.failed(f"host {n}", 0.0) for n in range(ADDRESSES_MAX + 5))
    assert not bans.is_banned("host 4", 1.0)
    assert bans.is_banned("host 5", 1.0)


async def dropped(raw: Raw) -> None:
    """The connection ends, or is reset, without a word."""
    async with asyncio.timeout(20):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await raw.reader.readexactly(1)
    raw.writer.close()


async def test_an_address_that_guesses_is_dropped_unheard(rig: Rig) -> None:
    await rig.listen(limits=ListenerLimits(refusal_delay_s=0.0, bans=BanRule(failures=3)))
    for _ in range(3):
        assert await refused(rig, bind(password="guess")) == CommandStatus.ESME_RINVPASWD
    raw = await Raw.to(rig.address)
    raw.writer.write(encode(bind(), sequence_number=1))
    await dropped(raw)
    assert len(rig.asked) == 3


async def proxied(rig: Rig, tls: tuple[Path, Path] | None = None, ranges: str = "127.0.0.0/8") -> None:
    """A listener behind a balancer."""
    limits = ListenerLimits(refusal_delay_s=0.01, proxies=(ranges,))
    context = None if tls is None else server_context(cert=tls[0], key=tls[1])
    listener = Listener("127.0.0.1:0", rig.authenticate, rig.mc, board=rig.board, limits=limits, tls=context)
    rig.listeners.append(listener)
    host, port = await listener.start()
    rig.address = f"{host}:{port}"


@pytest.mark.parametrize("header", [V1, V2], ids=["version 1", "version 2"])
async def test_the_balancer_says_whose_connection_it_is(rig: Rig, header: bytes) -> None:
    rig.account = replace(rig.account, allow=("192.0.2.0/24",))
    await proxied(rig)
    raw = await Raw.to(rig.address)
    raw.writer.write(header)
    answer = await raw.says(bind())
    assert answer.command_status == CommandStatus.ESME_ROK
    assert rig.asked[0].host == "192.0.2.7"
    assert rig.mc.links[0].peer == "192.0.2.7:40001"
    await raw.leaves()


async def test_TLS_begins_after_the_header(rig: Rig, certificate: tuple[Path, Path]) -> None:
    await proxied(rig, certificate)
    raw = await Raw.to(rig.address)
    raw.writer.write(V2)
    await raw.writer.drain()
    await raw.writer.start_tls(client_context(ca=certificate[0]), server_hostname="localhost")
    assert (await raw.says(bind())).command_status == CommandStatus.ESME_ROK
    assert (rig.asked[0].tls, rig.asked[0].host) == (True, "192.0.2.7")
    await raw.leaves()


async def test_without_a_header_nobody_is_heard(rig: Rig) -> None:
    await proxied(rig)
    raw = await Raw.to(rig.address)
    raw.writer.write(encode(bind(), sequence_number=1))
    await dropped(raw)
    assert rig.asked == []


async def test_who_is_no_balancer_is_not_heard(rig: Rig) -> None:
    await proxied(rig, ranges="192.0.2.0/24")
    raw = await Raw.to(rig.address)
    await raw.hears_the_end()
    assert rig.asked == []


async def test_mutual_TLS_lets_in_only_who_shows_a_certificate(
    rig: Rig, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    context = server_context(cert=cert, key=key, client_ca=cert)
    listener = Listener("127.0.0.1:0", rig.authenticate, rig.mc, board=rig.board, tls=context)
    rig.listeners.append(listener)
    host, port = await listener.start()
    rig.address = f"{host}:{port}"
    rig.dial(replace(rig.settings(), tls=client_context(ca=cert), tls_name="localhost"))
    await rig.row(lambda row: row.attempts >= 2)
    assert rig.asked == []
    shown = client_context(ca=cert, cert=cert, key=key)
    rig.dial(replace(rig.settings(), name="shown", tls=shown, tls_name="localhost"))
    await rig.esme.hears("bound")
    assert [request.tls for request in rig.asked] == [True]


def test_the_end_of_a_certificate_is_read(certificate: tuple[Path, Path]) -> None:
    from datetime import UTC, datetime, timedelta

    left = expires_at(certificate[0].read_text()) - datetime.now(UTC)
    assert timedelta(days=1) < left <= timedelta(days=2)


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_said(text: str) -> None:
    with pytest.raises(BadCertificate):
        expires_at(text)
