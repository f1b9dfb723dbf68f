"""Long texts: cut into short messages a handset joins again, and joined from those it sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smsc.sms.alphabets import Alphabet, decode, encode, try_gsm7
from smsc.sms.coding import (
    OCTETS_MAX,
    SEPTETS_MAX,
    UCS2_UNITS_MAX,
    Coding,
    cut_gsm7,
    cut_octets,
    cut_ucs2,
    octets_in_part_max,
    septets_max,
)
from smsc.sms.errors import TextTooLong, UnsupportedText
from smsc.sms.national import PLAIN, Shift, decode_septets, encode_septets
from smsc.sms.udh import concatenation_udh

PARTS_MAX = 255


@dataclass(frozen=True, slots=True)
class Segment:
    """One short message of a text: `data` are its octets without UDH; `number` counts from 1."""

    data: bytes
    alphabet: Alphabet
    reference: int = 0
    total: int = 1
    number: int = 1
    shift: Shift = PLAIN
    wide: bool = False
    """With a reference of 16 bits."""

    @property
    def udh(self) -> bytes:
        """The header that names its place and its national tables; empty where there is neither."""
        if self.total == 1 and self.shift is PLAIN:
            return b""
        return concatenation_udh(self.reference, self.total, self.number, wide=self.wide, shift=self.shift)


def split(text: str, coding: Coding, *, reference: int, wide: bool = False) -> list[Segment]:
    """Cut `text` into short messages a handset will join again.

    A single message holds 160 septets, 140 octets or 70 UCS-2 units; in a part the UDH takes 6 octets (153,
    134, 67). Never cuts a GSM escape pair or a surrogate pair. An 8-bit alphabet is counted in the septets it
    becomes on the handset, where the GSM alphabet has all its characters.

    Args:    reference: 0..65535, the same for all parts, fresh per (short code, msisdn); its low 8 bits go into
             an 8-bit header.  wide: a header with 16 bits, an octet longer (152, 133, 66).
    Raises:  TextTooLong: more than 255 parts.  UnsupportedText: a character `coding` lacks.
    Source:  3GPP TS 23.040 §9.2.3.24.1;  SMPP v3.4 §5.2.12 (esm_class UDHI)
    """
    alphabet = coding.alphabet
    pieces = _pieces(text, coding, wide=wide)
    total = len(pieces)
    if total == 1:
        return [Segment(pieces[0], alphabet, shift=coding.shift)]
    if total > PARTS_MAX:
        raise TextTooLong(f"the text needs {total} parts; {PARTS_MAX} is the most")
    return [
        Segment(piece, alphabet, reference & 0xFFFF, total, number, coding.shift, wide)
        for number, piece in enumerate(pieces, start=1)
    ]


def _pieces(text: str, coding: Coding, *, wide: bool) -> list[bytes]:
    alphabet = coding.alphabet
    if alphabet is Alphabet.GSM7:
        return _cut_septets(_septets(text, coding.shift), coding.shift, wide=wide)
    data = encode(text, alphabet)
    if alphabet is Alphabet.UCS2:
        return [data] if len(data) <= UCS2_UNITS_MAX * 2 else cut_ucs2(data, octets_in_part_max(wide=wide))
    return _cut_eight_bit(text, data, alphabet, wide=wide)


def _septets(text: str, shift: Shift) -> bytes:
    if shift is PLAIN:
        return encode(text, Alphabet.GSM7)
    septets = encode_septets(text, shift)
    if septets is None:
        place = next(i for i, character in enumerate(text) if encode_septets(character, shift) is None)
        raise UnsupportedText("gsm7 with national tables", text[place], place)
    return septets


def _cut_septets(septets: bytes, shift: Shift, *, wide: bool) -> list[bytes]:
    if shift is PLAIN and len(septets) <= SEPTETS_MAX:
        return [septets]
    if len(septets) <= septets_max(concatenated=False, wide=wide, shift=shift):
        return [septets]
    return cut_gsm7(septets, septets_max(concatenated=True, wide=wide, shift=shift))


def _cut_eight_bit(text: str, data: bytes, alphabet: Alphabet, *, wide: bool) -> list[bytes]:
    septets = None if alphabet is Alphabet.OCTETS else try_gsm7(text)
    if septets is None:
        return [data] if len(data) <= OCTETS_MAX else cut_octets(data, octets_in_part_max(wide=wide))
    pieces = _cut_septets(septets, PLAIN, wide=wide)
    if len(pieces) == 1:
        return [data]
    return [encode(decode(piece, Alphabet.GSM7)[0], alphabet) for piece in pieces]


def join(segments: Iterable[Segment]) -> str:
    """The text of what is there, in order; a repeated number counts once, a missing one leaves no mark."""
    return join_leniently(segments)[0]


def join_leniently(segments: Iterable[Segment]) -> tuple[str, bool]:
    """The text and whether it is damaged. Parts that follow each other are decoded together.

    Handsets do cut surrogate pairs; decoded one by one the halves would be lost.
    """
    by_number: dict[int, Segment] = {}
    for segment in segments:
        by_number.setdefault(segment.number, segment)
    texts: list[str] = []
    damaged = False
    run = bytearray()
    previous: Segment | None = None
    for number in sorted(by_number):
        segment = by_number[number]
        if previous is not None and not _follows(previous, segment):
            text, bad = decode_text(bytes(run), previous.alphabet, previous.shift)
            texts.append(text)
            damaged |= bad
            run.clear()
        run += segment.data
        previous = segment
    if previous is not None:
        text, bad = decode_text(bytes(run), previous.alphabet, previous.shift)
        texts.append(text)
        damaged |= bad
    return "".join(texts), damaged


def decode_text(data: bytes, alphabet: Alphabet, shift: Shift) -> tuple[str, bool]:
    """The text and whether it is damaged, with the national tables in force."""
    if shift == PLAIN or alphabet is not Alphabet.GSM7:
        return decode(data, alphabet)
    return decode_septets(data, shift)


def _follows(previous: Segment, segment: Segment) -> bool:
    """Whether the octets of `segment` continue those of `previous`; an odd octet must not shift UCS-2."""
    if previous.alphabet is Alphabet.UCS2 and len(previous.data) & 1:
        return False
    return (
        segment.number == previous.number + 1
        and segment.alphabet is previous.alphabet
        and segment.shift == previous.shift
    )
