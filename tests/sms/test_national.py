"""National tables: what they hold, what they cost, and that a handset reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import choose, length, septets_max
from smsc.sms.national import PLAIN, SHIFTS, Language, Shift, decode_septets, encode_septets
from smsc.sms.segments import Segment, decode_text, join, split
from smsc.sms.udh import parse_udh

TURKISH = "Çağrı şifreniz: İĞŞ ığş ç"
SPANISH = "Ángel, ¿cuánto café? Mañana a Ávila: ÁÍÓÚ áíóú ç"
PORTUGUESE = "Não há informações: ÀÁÂÃÇÉÊÍÓÔÕÚ àáâãçéêíóôõú ∞ª"
ALL_SHIFTS = sorted({shift for shifts in SHIFTS.values() for shift in shifts})


@pytest.mark.parametrize(("language", "text"), [("tr", TURKISH), ("es", SPANISH), ("pt", PORTUGUESE)])
def test_a_text_of_the_language_needs_no_ucs2(language: Language, text: str) -> None:
    assert choose(text, Alphabet.GSM7).alphabet is Alphabet.UCS2
    coding = choose(text, Alphabet.GSM7, national=language)
    assert (coding.alphabet, coding.data_coding) == (Alphabet.GSM7, 0)
    assert coding.shift in SHIFTS[language]
    (part,) = split(text, coding, reference=1)
    udh, rest = parse_udh(part.udh + part.data)
    assert udh is not None and udh.shift == coding.shift and udh.concatenation is None
    assert decode_text(rest, Alphabet.GSM7, udh.shift) == (text, False)


def test_a_text_of_the_gsm_alphabet_stays_plain() -> None:
    coding = choose("Günaydın"[:5], Alphabet.GSM7, national="tr")
    assert coding.shift is PLAIN
    (part,) = split("Hola", choose("Hola", Alphabet.GSM7, national="es"), reference=1)
    assert part.udh == b""


def test_what_no_table_holds_is_ucs2() -> None:
    assert choose("Здраво", Alphabet.GSM7, national="tr").alphabet is Alphabet.UCS2


@pytest.mark.parametrize(
    ("shift", "wide", "single", "part"),
    [
        (PLAIN, False, 160, 153),
        (PLAIN, True, 160, 152),
        (Shift(0, 1), False, 155, 149),
        (Shift(0, 1), True, 155, 148),
        (Shift(1, 0), False, 155, 149),
        (Shift(3, 3), False, 152, 146),
        (Shift(3, 3), True, 152, 145),
    ],
)
def test_septets_that_are_left_behind_the_header(shift: Shift, wide: bool, single: int, part: int) -> None:
    assert septets_max(concatenated=False, wide=wide, shift=shift) == single
    assert septets_max(concatenated=True, wide=wide, shift=shift) == part


@pytest.mark.parametrize(("text", "parts"), [("ş" * 155, 1), ("ş" * 156, 2), ("ş" * 298, 2), ("ş" * 299, 3)])
def test_a_locking_table_is_taken_where_it_saves_parts(text: str, parts: int) -> None:
    coding = choose(text, Alphabet.GSM7, national="tr")
    assert coding.shift == Shift(1, 0)
    assert length(text, national="tr").parts == len(split(text, coding, reference=9)) == parts


@given(
    st.sampled_from(["tr", "es", "pt"]).flatmap(
        lambda language: st.tuples(
            st.just(language), st.text(TURKISH + SPANISH + PORTUGUESE + "abc €^[]{}", max_size=500)
        )
    ),
    st.booleans(),
)
def test_a_split_text_joins_again_and_no_part_is_too_long(said: tuple[Language, str], wide: bool) -> None:
    language, text = said
    coding = choose(text, Alphabet.GSM7, national=language)
    segments = split(text, coding, reference=0x1234, wide=wide)
    assert len(segments) == length(text, national=language, wide=wide).parts
    for segment in segments:
        room = 140 - len(segment.udh)
        septets = coding.alphabet is Alphabet.GSM7
        assert len(segment.data) <= (room * 8 // 7 if septets else room)
    assert join(reversed(segments)) == text


@given(st.binary(max_size=60), st.integers(0, 15), st.integers(0, 15))
def test_any_septets_of_any_language_decode(data: bytes, locking: int, single: int) -> None:
    text, damaged = decode_septets(data, Shift(locking, single))
    assert isinstance(text, str)
    assert damaged or (locking in (0, 1, 3) and single in (0, 1, 2, 3))


@pytest.mark.parametrize("shift", ALL_SHIFTS)
def test_every_character_of_a_table_comes_back(shift: Shift) -> None:
    everything = {decode_septets(bytes(octets), shift)[0] for septet in range(128) if septet != 0x1B
                  for octets in ((septet,), (0x1B, septet))}  # fmt: skip
    for character in everything:
        septets = encode_septets(character, shift)
        assert septets is not None and decode_septets(septets, shift) == (character, False)


def test_parts_of_different_tables_are_read_each_by_its_own() -> None:
    parts = [
        Segment(b"\x1bs", Alphabet.GSM7, 1, 2, 1, Shift(0, 1)),
        Segment(b"\x1ba", Alphabet.GSM7, 1, 2, 2, Shift(0, 2)),
    ]
    assert join(parts) == "şá"
