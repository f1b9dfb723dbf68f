"""National language tables of the GSM alphabet: Turkish, Spanish, Portuguese.

A header element names the table in force: 0x24 for what an escape announces (single shift), 0x25 for all the rest
(locking shift). Source: 3GPP TS 23.038 §6.2.1.2 and annex A; 3GPP TS 23.040 §9.2.3.24.15, §9.2.3.24.16.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from smsc.sms.alphabets import ESCAPE, GSM_DEFAULT, GSM_EXTENSION, decode_gsm7

SINGLE_SHIFT = 0x24
LOCKING_SHIFT = 0x25

TURKISH, SPANISH, PORTUGUESE = 1, 2, 3
"""National language identifiers."""

Language = Literal["", "tr", "es", "pt"]
"""Whose tables an MT may use; "" for none."""


class Shift(NamedTuple):
    """The tables in force, by national language identifier; 0 is the default table."""

    locking: int = 0
    single: int = 0

    @property
    def elements(self) -> tuple[tuple[int, bytes], ...]:
        """The header elements that announce them."""
        named = ((SINGLE_SHIFT, self.single), (LOCKING_SHIFT, self.locking))
        return tuple((identifier, bytes((language,))) for identifier, language in named if language)


PLAIN = Shift()

SHIFTS: Mapping[Language, tuple[Shift, ...]] = {
    "": (),
    "tr": (Shift(0, TURKISH), Shift(TURKISH, 0), Shift(TURKISH, TURKISH)),
    "es": (Shift(0, SPANISH),),
    "pt": (Shift(0, PORTUGUESE), Shift(PORTUGUESE, 0), Shift(PORTUGUESE, PORTUGUESE)),
}
"""What may be tried for a text, the shortest header first. Spanish has no locking table."""


def _turkish() -> str:
    changed = {0x04: "€", 0x07: "ı", 0x0B: "Ğ", 0x0C: "ğ", 0x1C: "Ş", 0x1D: "ş", 0x40: "İ", 0x60: "ç"}
    return "".join(changed.get(septet, character) for septet, character in enumerate(GSM_DEFAULT))


_LOCKING: dict[int, str] = {
    0: GSM_DEFAULT,
    TURKISH: _turkish(),
    PORTUGUESE: "@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|"
    + GSM_DEFAULT[ESCAPE]
    + "ÂâÊÉ !\"#º%&'()*+,-./0123456789:;<=>?"
    "ÍABCDEFGHIJKLMNOPQRSTUVWXYZÃÕÚÜ§~abcdefghijklmnopqrstuvwxyzãõ`üà",
}
_SINGLE: dict[int, dict[int, str]] = {
    0: GSM_EXTENSION,
    TURKISH: GSM_EXTENSION | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    SPANISH: GSM_EXTENSION
    | dict(zip((0x09, 0x41, 0x49, 0x4F, 0x55, 0x61, 0x69, 0x6F, 0x75), "çÁÍÓÚáíóú", strict=True)),
    PORTUGUESE: GSM_EXTENSION
    | dict(zip((0x05, 0x09, 0x0B, 0x0C, 0x0E, 0x0F, 0x1F), "êçÔôÁáÊ", strict=True))
    | dict(zip((0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19), "ΦΓΩΠΨΣΘ", strict=True))
    | dict(zip((0x41, 0x49, 0x4F, 0x55, 0x5B, 0x5C, 0x61), "ÀÍÓÚÃÕÂ", strict=True))
    | dict(zip((0x69, 0x6F, 0x75, 0x7B, 0x7C, 0x7F), "íóúãõâ", strict=True)),
}


def known(shift: Shift) -> bool:
    """Whether both tables are among ours."""
    return shift.locking in _LOCKING and shift.single in _SINGLE


@lru_cache(maxsize=16)
def _encoding(shift: Shift) -> dict[str, bytes]:
    """Character to its septets; what both tables have costs one."""
    pairs = {character: bytes((ESCAPE, septet)) for septet, character in _SINGLE[shift.single].items()}
    whole = enumerate(_LOCKING[shift.locking])
    return pairs | {character: bytes((septet,)) for septet, character in whole if septet != ESCAPE}


def encode_septets(text: str, shift: Shift) -> bytes | None:
    """The septets of `text`, one in an octet, or None when a character is in neither table."""
    table = _encoding(shift)
    try:
        return b"".join([table[character] for character in text])
    except KeyError:
        return None


def decode_septets(data: bytes, shift: Shift) -> tuple[str, bool]:
    """The text and whether it is damaged: octets that are no septets, a language whose tables we lack.

    TS 23.038 §6.2.1.1: an unknown escaped character shows as the one at its place in the table in force, a second
    escape as a space. Octets above 0x7F are read as Latin-1.
    """
    table = _LOCKING.get(shift.locking, GSM_DEFAULT)
    extension = _SINGLE.get(shift.single, GSM_EXTENSION)
    text, damaged = decode_gsm7(data, table=table, extension=extension)
    return text, damaged or not known(shift)
