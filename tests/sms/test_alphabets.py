"""Alphabets: strict out, lenient in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms import Alphabet, UnsupportedText, decode, encode
from smsc.sms.alphabets import GSM_DEFAULT, GSM_EXTENSION

GSM_CHARACTERS = GSM_DEFAULT.replace("\ufffe", "") + "".join(GSM_EXTENSION.values())


def test_the_gsm_alphabet_has_127_characters_and_10_more_behind_the_escape() -> None:
    assert len(set(GSM_DEFAULT)) == 128
    assert len(set(GSM_CHARACTERS)) == 137


@pytest.mark.parametrize("character", GSM_CHARACTERS)
def test_every_gsm_character_makes_the_round_trip(character: str) -> None:
    data = encode(character, Alphabet.GSM7)
    assert len(data) == (2 if character in GSM_EXTENSION.values() else 1)
    assert max(data) < 0x80
    assert decode(data, Alphabet.GSM7) == (character, False)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("@", b"\x00"),
        ("ä", b"\x7b"),
        ("ü", b"\x7e"),
        ("à", b"\x7f"),
        ("Ç", b"\x09"),
        ("¡", b"\x40"),
        ("§", b"\x5f"),
        ("_", b"\x11"),
        ("$", b"\x02"),
        ("€", b"\x1be"),
        ("[]", b"\x1b<\x1b>"),
        ("Ω\f", b"\x15\x1b\n"),
    ],
)
def test_septets_are_those_of_ts_23_038(text: str, data: bytes) -> None:
    assert encode(text, Alphabet.GSM7) == data


@given(st.text(GSM_CHARACTERS))
def test_gsm_texts_make_the_round_trip(text: str) -> None:
    assert decode(encode(text, Alphabet.GSM7), Alphabet.GSM7) == (text, False)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe")))
def test_any_text_makes_the_round_trip_in_ucs2(text: str) -> None:
    assert decode(encode(text, Alphabet.UCS2), Alphabet.UCS2) == (text, False)


@given(st.binary(max_size=300), st.sampled_from(Alphabet))
def test_decoding_never_raises(data: bytes, alphabet: Alphabet) -> None:
    text, damaged = decode(data, alphabet)
    assert isinstance(text, str)
    if not damaged and alphabet is Alphabet.GSM7:
        assert encode(text, Alphabet.GSM7) == data


@pytest.mark.parametrize(
    ("data", "alphabet", "text"),
    [
        (b"STOP\x1b", Alphabet.GSM7, "STOP"),
        (b"STOP\x1b\x1b", Alphabet.GSM7, "STOP "),
        (b"\x1bA", Alphabet.GSM7, "A"),
        (b"caf\xe9", Alphabet.GSM7, "café"),
        (b"\xe9t\xe9", Alphabet.ASCII, "été"),
        (b"\x00S\x00T\x00O\x00P\x00", Alphabet.UCS2, "STOP"),
        (b"\x00A\xd8\x3d", Alphabet.UCS2, "A\ufffd"),
    ],
)
def test_what_does_not_decode_is_guessed_and_flagged(data: bytes, alphabet: Alphabet, text: str) -> None:
    assert decode(data, alphabet) == (text, True)


def test_a_little_endian_sender_is_known_by_its_mark() -> None:
    assert decode(b"\xff\xfeS\x00T\x00O\x00P\x00", Alphabet.UCS2) == ("STOP", False)


@pytest.mark.parametrize(
    ("text", "alphabet", "position"),
    [
        ("abcč", Alphabet.GSM7, 3),
        ("\x1b", Alphabet.GSM7, 0),
        ("1 €", Alphabet.LATIN1, 2),
        ("ö", Alphabet.ASCII, 0),
        ("a\ud83d", Alphabet.UCS2, 1),
    ],
)
def test_a_missing_character_is_named(text: str, alphabet: Alphabet, position: int) -> None:
    with pytest.raises(UnsupportedText) as caught:
        encode(text, alphabet)
    assert (caught.value.position, caught.value.character) == (position, text[position])


def test_latin9_has_the_euro() -> None:
    assert encode("€", Alphabet.LATIN9) == b"\xa4"
