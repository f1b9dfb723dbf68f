"""data_coding and alphabet: which octets say which text, and how many short messages a text takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from smsc.sms.alphabets import ESCAPE, Alphabet, encode, try_gsm7
from smsc.sms.errors import UnsupportedText
from smsc.sms.national import PLAIN, SHIFTS, Language, Shift, encode_septets
from smsc.sms.udh import header_octets

SEPTETS_MAX = 160
OCTETS_MAX = 140
UCS2_UNITS_MAX = 70
"""Of a short message without a header."""

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
    shift: Shift = PLAIN
    """National tables, announced in a header of each part."""


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
    alphabet = _of_specification(data_coding)
    packed = default is Alphabet.GSM7_PACKED and alphabet is Alphabet.GSM7
    return default if packed else alphabet


def _of_specification(data_coding: int) -> Alphabet:
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


def choose(text: str, default: Alphabet, *, national: Language = "") -> Coding:
    """The coding for an MT (MT5): data_coding 0 where handset and `default` have every character, else UCS2.

    A carrier whose data_coding 0 is Latin-1 still delivers only what the GSM alphabet has. With `national`, a text
    beyond the GSM alphabet takes the tables of that language where they hold it. Packed septets are still GSM7
    here: packing is the writer's.
    """
    if default in (Alphabet.GSM7, Alphabet.GSM7_PACKED):
        if try_gsm7(text) is not None:
            return Coding(Alphabet.GSM7, 0)
        shift = national_shift(text, national) if national else None
        return Coding(Alphabet.UCS2, 8) if shift is None else Coding(Alphabet.GSM7, 0, shift)
    if default is Alphabet.UCS2 or try_gsm7(text) is None:
        return Coding(Alphabet.UCS2, 0 if default is Alphabet.UCS2 else 8)
    try:
        encode(text, default)
    except UnsupportedText:
        return Coding(Alphabet.UCS2, 8)
    return Coding(default, 0)


def national_shift(text: str, language: Language) -> Shift | None:
    """The tables that hold `text` in the fewest septets, headers counted; None: none of the language's do."""
    found: list[tuple[int, int, Shift]] = []
    for place, shift in enumerate(SHIFTS[language]):
        septets = encode_septets(text, shift)
        if septets is not None:
            found.append((parts_of(septets, shift=shift, wide=False), place, shift))
    return min(found)[2] if found else None


def septets_max(*, concatenated: bool, wide: bool, shift: Shift) -> int:
    """Septets of one short message: 160, 155 with one national table, 152 with two; in a part 153 (152 with a
    16-bit reference), 149 (148) and 146 (145). What is left of 140 octets behind the header, in whole septets.
    """
    return (OCTETS_MAX - header_octets(concatenated=concatenated, wide=wide, shift=shift)) * 8 // 7


def octets_in_part_max(*, wide: bool) -> int:
    """Octets of one part: 134, or 133 with a 16-bit reference."""
    return OCTETS_MAX - header_octets(concatenated=True, wide=wide, shift=PLAIN)


def parts_of(septets: bytes, *, shift: Shift, wide: bool) -> int:
    """How many short messages so many septets take."""
    if shift is PLAIN and len(septets) <= SEPTETS_MAX:
        return 1
    if len(septets) <= septets_max(concatenated=False, wide=wide, shift=shift):
        return 1
    return len(cut_gsm7(septets, septets_max(concatenated=True, wide=wide, shift=shift)))


def length(text: str, *, national: Language = "", wide: bool = False) -> Length:
    """Units and parts of `text` on a handset (153 septets or 67 units in a part; 152 or 66 with `wide`).

    Args:  national: as `choose` takes it.  wide: 16-bit references.
    Half of a surrogate pair counts as a unit; it cannot be sent.
    """
    septets = try_gsm7(text)
    shift = PLAIN
    if septets is None and national and (found := national_shift(text, national)) is not None:
        shift, septets = found, encode_septets(text, found)
    if septets is not None:
        return Length(Alphabet.GSM7, len(septets), parts_of(septets, shift=shift, wide=wide))
    data = text.encode("utf-16-be", "surrogatepass")
    units = len(data) // 2
    parts = 1 if units <= UCS2_UNITS_MAX else len(cut_ucs2(data, octets_in_part_max(wide=wide)))
    return Length(Alphabet.UCS2, units, parts)


def cut_gsm7(septets: bytes, most: int) -> list[bytes]:
    """Pieces of at most so many septets; an escape stays with the character it announces."""
    pieces: list[bytes] = []
    start = 0
    while start < len(septets):
        end = min(start + most, len(septets))
        if end < len(septets) and septets[end - 1] == ESCAPE:
            end -= 1
        pieces.append(septets[start:end])
        start = end
    return pieces


def cut_ucs2(data: bytes, most: int) -> list[bytes]:
    """Pieces of at most so many octets, in whole units; surrogates stay together."""
    pieces: list[bytes] = []
    start = 0
    while start < len(data):
        end = min(start + most // 2 * 2, len(data))
        if end < len(data) and 0xD8 <= data[end - 2] <= 0xDB:
            end -= 2
        pieces.append(data[start:end])
        start = end
    return pieces


def cut_octets(data: bytes, most: int) -> list[bytes]:
    """Pieces of at most so many octets."""
    return [data[start : start + most] for start in range(0, len(data), most)]
