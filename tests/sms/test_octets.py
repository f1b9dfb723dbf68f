"""Bodies of binary messages: what a handset can take, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms import BadOctets, Octets, TextTooLong, octets_of, parse_hex

PORTS = bytes.fromhex("0605040b8423f0")


def test_a_header_is_whole_and_both_fit_one_short_message() -> None:
    assert octets_of(PORTS, b"x" * 133) == Octets(PORTS, b"x" * 133)
    assert octets_of(b"", b"x" * 140).udh == b""
    for udh, data in ((PORTS, b"x" * 134), (b"", b"x" * 141)):
        with pytest.raises(TextTooLong):
            octets_of(udh, data)
    for udh in (b"\x00\x00", b"\x05\x00\x03\x01\x02", PORTS + b"\x00", b"\x02\x00\x05"):
        with pytest.raises(BadOctets, match="whole user data header"):
            octets_of(udh, b"x")
    with pytest.raises(BadOctets, match="no data"):
        octets_of(PORTS, b"")


def test_a_part_of_a_longer_message_is_known_by_its_header() -> None:
    assert octets_of(bytes.fromhex("050003010201"), b"x").is_part
    assert not octets_of(bytes.fromhex("050003010101"), b"x").is_part
    assert not octets_of(PORTS, b"x").is_part
    assert not octets_of(b"", b"x").is_part


@given(st.binary(max_size=200))
def test_hexadecimal_comes_in_either_case(data: bytes) -> None:
    assert parse_hex(data.hex(), "udh") == parse_hex(data.hex().upper(), "udh") == data


@pytest.mark.parametrize("text", ["0", "0g", "0x05", "05 00", "٠٥", "05\n", "-1"])
def test_what_is_no_hexadecimal_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(BadOctets, match="udh is hexadecimal"):
        parse_hex(text, "udh")
