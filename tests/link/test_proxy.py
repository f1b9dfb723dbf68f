"""Behind a load balancer the peer is who the balancer says."""

from __future__ import annotations

import struct

import pytest

from smsc.link.proxy import SIGNATURE, BadProxyHeader, read_proxy_header

V2_HEAD = SIGNATURE + b"\x21"
V4 = struct.pack("!4s4sHH", b"\xc0\x00\x02\x07", b"\x7f\x00\x00\x01", 40001, 2775)
V6 = struct.pack("!16s16sHH", b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x07", b"\0" * 15 + b"\x01", 40001, 2775)


async def read(octets: bytes) -> tuple[tuple[str, int] | None, bytes]:
    """The source, and what was left for those who come after."""
    left = bytearray(octets)

    async def receive(number: int) -> bytes:
        if len(left) < number:
            raise EOFError
        taken = bytes(left[:number])
        del left[:number]
        return taken

    return await read_proxy_header(receive), bytes(left)


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (b"PROXY TCP4 192.0.2.7 127.0.0.1 40001 2775\r\n", ("192.0.2.7", 40001)),
        (b"PROXY TCP6 2001:db8::7 ::1 40001 2775\r\n", ("2001:db8::7", 40001)),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None),
        (V2_HEAD + b"\x11\x00\x0c" + V4, ("192.0.2.7", 40001)),
        (V2_HEAD + b"\x21\x00\x24" + V6, ("2001:db8::7", 40001)),
        (V2_HEAD + b"\x11\x00\x0f" + V4 + b"\x04\x00\x00", ("192.0.2.7", 40001)),
        (SIGNATURE + b"\x20\x00\x00\x00", None),
    ],
)
async def test_both_versions_tell_the_source_and_leave_the_rest(
    header: bytes, source: tuple[str, int] | None
) -> None:
    assert await read(header + b"bind") == (source, b"bind")


@pytest.mark.parametrize(
    "header",
    [
        b"\x00\x00\x00\x2f\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x01",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 40001\r\n",
        b"PROXY TCP6 192.0.2.7 127.0.0.1 40001 2775\r\n",
        b"PROXY TCP4 nobody 127.0.0.1 40001 2775\r\n",
        b"PROXY TCP4 " + b"1" * 120 + b"\r\n",
        SIGNATURE + b"\x11\x11\x00\x0c" + V4,
        SIGNATURE + b"\x21\x11\x00\x04" + V4[:4],
        SIGNATURE + b"\x21\x11\xff\xff",
        SIGNATURE + b"\x21\x12\x00\x0c" + V4,
    ],
)
async def test_what_is_no_header_is_refused(header: bytes) -> None:
    with pytest.raises(BadProxyHeader):
        await read(header)


async def test_half_a_header_is_the_end() -> None:
    with pytest.raises(EOFError):
        await read(b"PROXY TCP4 192.0.2.7")
