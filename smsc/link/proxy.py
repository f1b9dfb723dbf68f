"""The PROXY protocol: a load balancer says whose connection it passes on.

Source: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt (versions 1 and 2).
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1_OCTETS_MAX = 107
V2_OCTETS_MAX = 4096
"""An address and a few optional fields; more is no load balancer."""
_ADDRESSES = {0x11: ("!4s4sHH", 12), 0x21: ("!16s16sHH", 36)}  # TCP over IPv4, over IPv6

Receive = Callable[[int], Awaitable[bytes]]
"""The next octets, exactly so many.  Raises: EOFError: the peer is gone."""


class BadProxyHeader(ValueError):
    """The connection does not begin as the protocol says: its source is not known."""


async def read_proxy_header(receive: Receive) -> tuple[str, int] | None:
    """The address of the peer behind the balancer; None: the balancer speaks for itself (LOCAL, UNKNOWN).

    Takes no octet beyond the header, so that TLS may follow.

    Raises: BadProxyHeader, EOFError.
    """
    start = await receive(len(SIGNATURE))
    if start == SIGNATURE:
        version, family, length = struct.unpack("!BBH", await receive(4))
        if version >> 4 != 2 or length > V2_OCTETS_MAX:
            raise BadProxyHeader("not version 2")
        return _version_2(version & 0x0F, family, await receive(length))
    line = start
    while not line.endswith(b"\r\n"):
        if len(line) >= V1_OCTETS_MAX or not line.startswith(b"PROXY "):
            raise BadProxyHeader("no PROXY header")
        line += await receive(1)
    return _version_1(line)


def _version_1(line: bytes) -> tuple[str, int] | None:
    words = line[:-2].decode("ascii", "replace").split(" ")
    if words[1:2] == ["UNKNOWN"]:
        return None
    try:
        _, family, source, _, port, _ = words
        host = ip_address(source)
        if family != f"TCP{host.version}" or not 0 <= int(port) <= 65535:
            raise ValueError(family)
    except ValueError:
        raise BadProxyHeader("not version 1") from None
    return str(host), int(port)


def _version_2(command: int, family: int, rest: bytes) -> tuple[str, int] | None:
    if command == 0:  # LOCAL: the balancer's own health check
        return None
    form, octets = _ADDRESSES.get(family, ("", 0))
    if command != 1 or not form or len(rest) < octets:
        raise BadProxyHeader("not TCP over IP")
    source, _, port, _ = struct.unpack(form, rest[:octets])
    return str(ip_address(source)), port
