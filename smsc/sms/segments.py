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
)
from smsc.sms.errors import TextTooLong
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

    @property
    def udh(self) -> bytes:
        """The header that names its place; empty for a single short message."""
        return concatenation_udh(self.reference, self.total, self.number) if self.total > 1 else b""


def split(text: str, coding: Coding, *, reference: int) -> list[Segment]:
    """Cut `text` into short messages a handset will join again.

    A single message holds 160 septets, 140 octets or 70 UCS-2 units; in a part the UDH takes 6 octets (153,
    134, 67). Never cuts a GSM escape pair or a surrogate pair. An 8-bit alphabet is counted in the septets it
    becomes on the handset, where the GSM alphabet has all its characters.

    Args:    reference: 0..255, the same for all parts, fresh per (short code, msisdn).
    Raises:  TextTooLong: more than 255 parts.  UnsupportedText: a character `coding` lacks.
    Source:  3GPP TS 23.040 §9.2.3.24.1;  SMPP v3.4 §5.2.12 (esm_class UDHI)
    """
    alphabet = coding.alphabet
    data = encode(text, alphabet)
    if alphabet is Alphabet.GSM7:
        pieces = [data] if len(data) <= SEPTETS_MAX else cut_gsm7(data)
    elif alphabet is Alphabet.UCS2:
        pieces = [data] if len(data) <= UCS2_UNITS_MAX * 2 else cut_ucs2(data)
    else:
        pieces = _cut_eight_bit(text, data, alphabet)
    total = len(pieces)
    if total == 1:
        return [Segment(data, alphabet)]
    if total > PARTS_MAX:
        raise TextTooLong(f"the text needs {total} parts; {PARTS_MAX} is the most")
    return [
        Segment(piece, alphabet, reference & 0xFF, total, number)
        for number, piece in enumerate(pieces, start=1)
    ]


def _cut_eight_bit(text: str, data: bytes, alphabet: Alphabet) -> list[bytes]:
    septets = None if alphabet is Alphabet.OCTETS else try_gsm7(text)
    if septets is None:
        return [data] if len(data) <= OCTETS_MAX else cut_octets(data)
    if len(septets) <= SEPTETS_MAX:
        return [data]
    return [encode(decode(piece, Alphabet.GSM7)[0], alphabet) for piece in cut_gsm7(septets)]


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
            text, bad = decode(bytes(run), previous.alphabet)
            texts.append(text)
            damaged |= bad
            run.clear()
        run += segment.data
        previous = segment
    if previous is not None:
        text, bad = decode(bytes(run), previous.alphabet)
        texts.append(text)
        damaged |= bad
    return "".join(texts), damaged


def _follows(previous: Segment, segment: Segment) -> bool:
    """Whether the octets of `segment` continue those of `previous`; an odd octet must not shift UCS-2."""
    if previous.alphabet is Alphabet.UCS2 and len(previous.data) & 1:
        return False
    return segment.number == previous.number + 1 and segment.alphabet is previous.alphabet
