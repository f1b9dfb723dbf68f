"""Long texts: cut and joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms import (
    Alphabet,
    Coding,
    Segment,
    TextTooLong,
    choose,
    decode,
    encode,
    join,
    join_leniently,
    length,
    split,
)
from smsc.sms.alphabets import GSM_DEFAULT, GSM_EXTENSION

GSM_CHARACTERS = GSM_DEFAULT.replace("\ufffe", "") + "".join(GSM_EXTENSION.values())
gsm_texts = st.text(GSM_CHARACTERS, max_size=700) | st.text("a€", min_size=150, max_size=400)
any_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe"), max_size=300
) | st.text("č😀", min_size=60, max_size=200)
GSM = Coding(Alphabet.GSM7, 0)
UCS2 = Coding(Alphabet.UCS2, 8)


@given(gsm_texts | any_texts, st.sampled_from(Alphabet), st.integers(0, 255))
def test_join_undoes_split(text: str, default: Alphabet, reference: int) -> None:
    segments = split(text, choose(text, default), reference=reference)
    assert join(segments) == text
    assert join(reversed(segments)) == text


@given(gsm_texts)
def test_MT5_gsm_parts_hold_153_septets_and_no_half_pairs(text: str) -> None:
    segments = split(text, GSM, reference=7)
    assert len(segments) == length(text).parts
    for segment in segments:
        assert len(segment.data) <= (160 if segment.total == 1 else 153)
        assert decode(segment.data, Alphabet.GSM7)[1] is False
        assert len(segment.udh) in (0, 6)


@given(any_texts)
def test_MT5_ucs2_parts_hold_67_units_and_no_half_pairs(text: str) -> None:
    segments = split(text, UCS2, reference=7)
    for segment in segments:
        assert len(segment.data) <= (140 if segment.total == 1 else 134)
        assert encode(decode(segment.data, Alphabet.UCS2)[0], Alphabet.UCS2) == segment.data


def test_an_escape_on_the_boundary_goes_to_the_next_part() -> None:
    first, second = split("a" * 152 + "€" + "b" * 10, GSM, reference=1)
    assert (len(first.data), second.data[:2]) == (152, b"\x1be")


def test_an_emoji_on_the_boundary_goes_to_the_next_part() -> None:
    first, second = split("č" * 66 + "😀" + "č" * 10, UCS2, reference=1)
    assert (len(first.data), second.data[:4]) == (132, "😀".encode("utf-16-be"))


def test_parts_are_numbered_from_1_with_one_reference() -> None:
    segments = split("a" * 400, GSM, reference=300)
    assert [segment.udh for segment in segments] == [
        bytes((5, 0, 3, 300 & 0xFF, 3, number)) for number in (1, 2, 3)
    ]


def test_latin1_is_counted_in_the_septets_it_becomes() -> None:
    coding = Coding(Alphabet.LATIN1, 0)
    assert len(split("{" * 80, coding, reference=1)) == 1
    first, second = split("{" * 81, coding, reference=1)
    assert (first.data, second.data) == (b"{" * 76, b"{" * 5)


def test_octets_hold_140_alone_and_134_in_a_part() -> None:
    coding = Coding(Alphabet.OCTETS, 4)
    assert [len(segment.data) for segment in split("x" * 140, coding, reference=1)] == [140]
    assert [len(segment.data) for segment in split("x" * 141, coding, reference=1)] == [134, 7]


def test_255_parts_are_the_most() -> None:
    assert len(split("a" * 153 * 255, GSM, reference=1)) == 255
    with pytest.raises(TextTooLong):
        split("a" * (153 * 255 + 1), GSM, reference=1)


def test_RT8_what_is_there_is_joined() -> None:
    parts = split("a" * 153 + "b" * 153 + "STOP", GSM, reference=1)
    assert join([parts[2], parts[0], parts[0]]) == "a" * 153 + "STOP"


def test_a_pair_that_a_handset_cut_is_joined_whole() -> None:
    data = "STOP 😀".encode("utf-16-be")
    halves = [
        Segment(data[:12], Alphabet.UCS2, 1, 2, 1),
        Segment(data[12:], Alphabet.UCS2, 1, 2, 2),
    ]
    assert join_leniently(halves) == ("STOP 😀", False)
    assert join_leniently(halves[1:]) == ("\ufffd", True)


def test_an_odd_octet_does_not_shift_the_parts_after_it() -> None:
    parts = [
        Segment("ab".encode("utf-16-be") + b"\0", Alphabet.UCS2, 1, 2, 1),
        Segment("STOP".encode("utf-16-be"), Alphabet.UCS2, 1, 2, 2),
    ]
    assert join_leniently(parts) == ("abSTOP", True)
