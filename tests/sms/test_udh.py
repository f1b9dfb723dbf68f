"""User data headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms import Concatenation, Udh, build_udh, concatenation_udh, parse_udh

elements = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=8)


@given(elements, st.binary(max_size=140))
def test_headers_make_the_round_trip(listed: list[tuple[int, bytes]], body: bytes) -> None:
    udh = Udh(tuple(listed))
    assert parse_udh(build_udh(udh) + body) == (udh, body)


@given(st.binary(max_size=160))
def test_parsing_never_raises_and_loses_nothing(data: bytes) -> None:
    udh, body = parse_udh(data)
    assert data == (body if udh is None else build_udh(udh) + body)


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (concatenation_udh(7, 3, 2), Concatenation(7, 3, 2)),
        (bytes.fromhex("06 08 04 01 02 03 02"), Concatenation(0x102, 3, 2)),
        (bytes.fromhex("0a 05 04 0b84 23f0 00 03 07 02 01") + b"", None),
        (bytes.fromhex("0b 05 04 0b84 23f0 00 03 07 02 01"), Concatenation(7, 2, 1)),
        (bytes.fromhex("05 00 03 07 00 01"), None),
        (bytes.fromhex("05 00 03 07 02 00"), None),
        (bytes.fromhex("05 00 03 07 02 03"), None),
        (bytes.fromhex("05 00 03 07 01 01"), None),
        (bytes.fromhex("04 00 02 07 02"), None),
    ],
)
def test_RT8_the_place_of_a_part(header: bytes, place: Concatenation | None) -> None:
    udh, _ = parse_udh(header + b"text")
    assert (udh.concatenation if udh else None) == place


@pytest.mark.parametrize("data", [b"", b"\x05\x00\x03", b"\x05\x00\x09\x01\x02\x03rest", b"Hello"])
def test_half_a_header_is_text(data: bytes) -> None:
    assert parse_udh(data) == (None, data)
