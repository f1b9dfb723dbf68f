"""PDUs as a capture file that Wireshark reads.

The TCP and IP headers are made up around the octets: true addresses where they are known, the SMPP port at the
message centre's end, sequence numbers that add up.

Source: https://www.tcpdump.org/manpages/pcap-savefile.5.html (LINKTYPE_RAW), RFC 791, RFC 8200, RFC 9293.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

LINKTYPE_RAW = 101
OCTETS_MAX = 262_144
SMPP_PORT = 2775
ESME_PORT_FIRST = 40_000
SEGMENT_OCTETS_MAX = 60_000
"""IPv4 counts a packet's octets in 16 bits: a longer PDU takes several."""
PUSH_ACK = 0x18
OURS = IPv4Address("10.0.0.1"), IPv6Address("fd00::1")
UNKNOWN = IPv4Address("10.0.0.2")

Address = IPv4Address | IPv6Address


def pcap_header() -> bytes:
    """What a capture file begins with."""
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, OCTETS_MAX, LINKTYPE_RAW)


class Conversation:
    """One TCP connection as seen from our side. `number` tells connections with the same peer apart."""

    def __init__(self, peer: str, *, we_are_mc: bool, number: int) -> None:
        self._peer = _address(peer)
        self._our = OURS[0] if self._peer.version == 4 else OURS[1]
        esme_port = ESME_PORT_FIRST + number % 20_000
        self._our_port, self._peer_port = (SMPP_PORT, esme_port) if we_are_mc else (esme_port, SMPP_PORT)
        self._sent, self._received = 1, 1

    def packets(self, pdu: bytes, *, outgoing: bool, at: float) -> bytes:
        """The record of one PDU; `at` in seconds since 1970."""
        made = b""
        for start in range(0, len(pdu), SEGMENT_OCTETS_MAX):
            packet = self._packet(pdu[start : start + SEGMENT_OCTETS_MAX], outgoing=outgoing)
            seconds, micros = int(at), int(at % 1 * 1_000_000)
            made += struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet
        return made

    def _packet(self, octets: bytes, *, outgoing: bool) -> bytes:
        if outgoing:
            source, target, ports = self._our, self._peer, (self._our_port, self._peer_port)
            numbers = (self._sent, self._received)
            self._sent = (self._sent + len(octets)) % 2**32
        else:
            source, target, ports = self._peer, self._our, (self._peer_port, self._our_port)
            numbers = (self._received, self._sent)
            self._received = (self._received + len(octets)) % 2**32
        tcp = struct.pack("!HHIIBBHHH", *ports, *numbers, 5 << 4, PUSH_ACK, 65_535, 0, 0)
        pseudo = source.packed + target.packed + struct.pack("!II", len(tcp) + len(octets), 6)
        checksum = _checksum(pseudo + tcp + octets)
        return _ip(source, target, tcp[:16] + struct.pack("!H", checksum) + tcp[18:] + octets)


def _ip(source: Address, target: Address, payload: bytes) -> bytes:
    if source.version == 6:
        return struct.pack("!IHBB", 6 << 28, len(payload), 6, 64) + source.packed + target.packed + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, 6, 0)
    head += source.packed + target.packed
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + payload


def _checksum(data: bytes) -> int:
    """Source: RFC 1071."""
    if len(data) % 2:
        data += b"\x00"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _address(peer: str) -> Address:
    """The address of a "host:port"; a made-up one for a peer that is known by name only."""
    try:
        return ip_address(peer.rpartition(":")[0].strip("[]").partition("%")[0])
    except ValueError:
        return UNKNOWN
