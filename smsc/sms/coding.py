"""data_coding and alphabet: which octets say which text, and how many short messages a text takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from smsc.sms.alphabets import ESCAPE, Alphabet, encode, try_gsm7
from smsc.sms.errors import UnsupportedText

SEPTETS_MAX = 160
SEPTETS_IN_PART_MAX = 153
"""140 octets less a UDH of 6 (7 septets with its fill bits)."""
OCTETS_MAX = 140
OCTETS_IN_PART_MAX = 134
UCS2_UNITS_MAX = 70
UCS2_UNITS_IN_PART_MAX = 67

NO_OVERRIDES: Mapping[int, Alphabet] = MappingProxyType({})

_SPEC = {  # SMPP v3.4 §5.2.19; the others are read as octets: their lower half is ASCII
    0x01: Alphabet.ASCII,
    0x03: Alphabet.LATIN1,
    0x08: Alphabet.UCS2,
}
_DCS_CHARACTER_SET = (Alphabet.GSM7, Alphabet.OCTETS, Alphabet.UCS2, Alphabet.OCTETS)


class Coding(NamedTuple):
    """An alphabet and the data_coding that announces it."""

    alphabet: Alphabet
    data_coding: int


class Length(NamedTuple):
    """How long a text is on a handset. `units` are septets (GSM7) or 16-bit units (UCS2)."""

    alphabet: Alphabet
    units: int
    parts: int


def alphabet_of(
    data_coding: int, default: Alphabet, *, overrides: Mapping[int, Alphabet] = NO_OVERRIDES
) -> Alphabet:
    """The alphabet that `data_coding` announces on a carrier whose data_coding 0 means `default`.

    Source: SMPP v3.4 §5.2.19; 3GPP TS 23.038 §4 for 0x10 and above (classes, message waiting).
    """
    if data_coding in overrides:
        return overrides[data_coding]
    if data_coding == 0:
        return default
    if data_coding < 0x10:
        return _SPEC.get(data_coding, Alphabet.OCTETS)
    if data_coding < 0x80:
        return _DCS_CHARACTER_SET[data_coding >> 2 & 3]
    if data_coding < 0xC0:
        return Alphabet.OCTETS
    if data_coding < 0xE0:
        return Alphabet.GSM7
    if data_coding < 0xF0:
        return Alphabet.UCS2
    # TS 23.038 §4, group 1111: bit 2 tells 8-bit data from the default alphabet.
    return Alphabet.OCTETS if data_coding & 4 else Alphabet.GSM7


def choose(text: str, default: Alphabet) -> Coding:
    """The coding for an MT (MT5): data_coding 0 where handset and `default` have every character, else UCS2.

    A carrier whose data_coding 0 is Latin-1 still delivers only what the GSM alphabet has.
    """
    if default is Alphabet.UCS2 or try_gsm7(text) is None:
        return Coding(Alphabet.UCS2, 0 if default is Alphabet.UCS2 else 8)
    if default is not Alphabet.GSM7:
        try:
            encode(text, default)
        except UnsupportedText:
            return Coding(Alphabet.UCS2, 8)
    return Coding(default, 0)


def length(text: str) -> Length:
    """Units and parts of `text` on a handset, with 8-bit references (153 septets or 67 units in a part).

    Half of a surrogate pair counts as a unit; it cannot be sent.
    """
    septets = try_gsm7(text)
    if septets is not None:
        units = len(septets)
        return Length(Alphabet.GSM7, units, 1 if units <= SEPTETS_MAX else len(cut_gsm7(septets)))
    data = text.encode("utf-16-be", "surrogatepass")
    units = len(data) // 2
    return Length(Alphabet.UCS2, units, 1 if units <= UCS2_UNITS_MAX else len(cut_ucs2(data)))


def cut_gsm7(septets: bytes) -> list[bytes]:
    """Pieces of at most 153 septets; an escape stays with the character it announces."""
    pieces: list[bytes] = []
    start = 0
    while start < len(septets):
        end = min(start + SEPTETS_IN_PART_MAX, len(septets))
        if end < len(septets) and septets[end - 1] == ESCAPE:
            end -= 1
        pieces.append(septets[start:end])
        start = end
    return pieces


def cut_ucs2(data: bytes) -> list[bytes]:
    """Pieces of at most 67 units; surrogates stay together."""
    pieces: list[bytes] = []
    start = 0
    while start < len(data):
        end = min(start + UCS2_UNITS_IN_PART_MAX * 2, len(data))
        if end < len(data) and 0xD8 <= data[end - 2] <= 0xDB:
            end -= 2
        pieces.append(data[start:end])
        start = end
    return pieces


def cut_octets(data: bytes) -> list[bytes]:
    """Pieces of at most 134 octets."""
    return [data[start : start + OCTETS_IN_PART_MAX] for start in range(0, len(data), OCTETS_IN_PART_MAX)]
