"""data_coding, the choice of an alphabet, and lengths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms import Alphabet, Coding, Length, alphabet_of, choose, length


@pytest.mark.parametrize(
    ("data_coding", "alphabet"),
    [
        (0x00, Alphabet.LATIN9),
        (0x01, Alphabet.ASCII),
        (0x02, Alphabet.OCTETS),
        (0x03, Alphabet.LATIN1),
        (0x04, Alphabet.OCTETS),
        (0x05, Alphabet.OCTETS),
        (0x08, Alphabet.UCS2),
        (0x10, Alphabet.GSM7),
        (0x18, Alphabet.UCS2),
        (0x80, Alphabet.OCTETS),
        (0xC8, Alphabet.GSM7),
        (0xE0, Alphabet.UCS2),
        (0xF0, Alphabet.GSM7),
        (0xF1, Alphabet.GSM7),
        (0xF4, Alphabet.OCTETS),
        (0xF5, Alphabet.OCTETS),
        (0xFF, Alphabet.OCTETS),
    ],
)
def test_data_coding_names_an_alphabet(data_coding: int, alphabet: Alphabet) -> None:
    assert alphabet_of(data_coding, Alphabet.LATIN9) is alphabet


@given(st.integers(0, 255))
def test_every_data_coding_has_an_alphabet(data_coding: int) -> None:
    assert alphabet_of(data_coding, Alphabet.GSM7) in Alphabet


def test_a_carrier_may_mean_something_else() -> None:
    assert alphabet_of(1, Alphabet.GSM7, overrides={1: Alphabet.GSM7}) is Alphabet.GSM7
    assert alphabet_of(0, Alphabet.GSM7, overrides={0: Alphabet.LATIN1}) is Alphabet.LATIN1


@pytest.mark.parametrize(
    ("text", "default", "coding"),
    [
        ("Grüezi €", Alphabet.GSM7, Coding(Alphabet.GSM7, 0)),
        ("čao", Alphabet.GSM7, Coding(Alphabet.UCS2, 8)),
        ("Grüezi", Alphabet.LATIN1, Coding(Alphabet.LATIN1, 0)),
        ("Grüezi €", Alphabet.LATIN1, Coding(Alphabet.UCS2, 8)),
        ("Grüezi €", Alphabet.LATIN9, Coding(Alphabet.LATIN9, 0)),
        ("ç is no GSM", Alphabet.LATIN1, Coding(Alphabet.UCS2, 8)),
        ("ä", Alphabet.ASCII, Coding(Alphabet.UCS2, 8)),
        ("a", Alphabet.UCS2, Coding(Alphabet.UCS2, 0)),
    ],
)
def test_MT5_gsm_where_possible_else_ucs2(text: str, default: Alphabet, coding: Coding) -> None:
    assert choose(text, default) == coding


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Length(Alphabet.GSM7, 0, 1)),
        ("a" * 160, Length(Alphabet.GSM7, 160, 1)),
        ("a" * 161, Length(Alphabet.GSM7, 161, 2)),
        ("a" * 306, Length(Alphabet.GSM7, 306, 2)),
        ("a" * 307, Length(Alphabet.GSM7, 307, 3)),
        ("€" * 80, Length(Alphabet.GSM7, 160, 1)),
        ("€" * 80 + "a", Length(Alphabet.GSM7, 161, 2)),
        # 153 is odd: a part holds 76 pairs and loses a septet, so 153 pairs need a third part.
        ("€" * 152, Length(Alphabet.GSM7, 304, 2)),
        ("€" * 153, Length(Alphabet.GSM7, 306, 3)),
        ("č" * 70, Length(Alphabet.UCS2, 70, 1)),
        ("č" * 71, Length(Alphabet.UCS2, 71, 2)),
        ("č" * 134, Length(Alphabet.UCS2, 134, 2)),
        ("č" * 135, Length(Alphabet.UCS2, 135, 3)),
        ("😀" * 35, Length(Alphabet.UCS2, 70, 1)),
        ("😀" * 66, Length(Alphabet.UCS2, 132, 2)),
        ("😀" * 67, Length(Alphabet.UCS2, 134, 3)),
    ],
)
def test_MT5_units_and_parts_at_the_limits(text: str, expected: Length) -> None:
    assert length(text) == expected
