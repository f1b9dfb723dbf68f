"""User data header: what stands before the text when esm_class says UDHI.

Source: 3GPP TS 23.040 §9.2.3.24 (header), §9.2.3.24.1 (8-bit reference), §9.2.3.24.8 (16-bit reference),
§9.2.3.24.15 and §9.2.3.24.16 (national tables).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from smsc.sms.national import LOCKING_SHIFT, PLAIN, SINGLE_SHIFT, Shift

CONCATENATED_8 = 0x00
CONCATENATED_16 = 0x08


class Concatenation(NamedTuple):
    """Place of a short message in a concatenated one; `number` counts from 1."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Udh:
    """Information elements in their order, the concatenation among them kept as it came."""

    elements: tuple[tuple[int, bytes], ...] = ()

    @property
    def concatenation(self) -> Concatenation | None:
        """The last valid one (§9.2.3.24: a repeated element replaces the earlier); None when there is none.

        §9.2.3.24.1: total 0, number 0 or a number beyond total is ignored. A total of 1 is no concatenation.
        """
        found = None
        for identifier, value in self.elements:
            place = None
            if identifier == CONCATENATED_8 and len(value) == 3:
                place = Concatenation(value[0], value[1], value[2])
            elif identifier == CONCATENATED_16 and len(value) == 4:
                place = Concatenation(value[0] << 8 | value[1], value[2], value[3])
            if place is not None and place.total > 1 and 1 <= place.number <= place.total:
                found = place
        return found

    @property
    def shift(self) -> Shift:
        """The national tables that the text uses; the last of each kind counts."""
        shift = PLAIN
        for identifier, value in self.elements:
            if identifier == SINGLE_SHIFT and len(value) == 1:
                shift = shift._replace(single=value[0])
            elif identifier == LOCKING_SHIFT and len(value) == 1:
                shift = shift._replace(locking=value[0])
        return shift


def parse_udh(data: bytes) -> tuple[Udh | None, bytes]:
    """Header and the octets after it; (None, data) when `data` does not begin with a whole header."""
    if not data or data[0] >= len(data):
        return None, data
    end = 1 + data[0]
    elements: list[tuple[int, bytes]] = []
    at = 1
    while at < end:
        if at + 2 > end or at + 2 + data[at + 1] > end:
            return None, data
        after = at + 2 + data[at + 1]
        elements.append((data[at], data[at + 2 : after]))
        at = after
    return Udh(tuple(elements)), data[end:]


def build_udh(udh: Udh) -> bytes:
    """The octets of a header, its length first.

    Raises:  ValueError: elements of more than 255 octets.
    """
    body = b"".join(bytes((identifier, len(value))) + value for identifier, value in udh.elements)
    return bytes((len(body),)) + body


def concatenation_udh(
    reference: int, total: int, number: int, *, wide: bool = False, shift: Shift = PLAIN
) -> bytes:
    """The header of one part: `05 00 03 ref total seq`, with a 16-bit reference where `wide`, then national tables.

    A total of 1 needs no place: what is left is the national tables, or nothing at all.
    """
    place: tuple[tuple[int, bytes], ...] = ()
    if total > 1 and wide:
        place = ((CONCATENATED_16, bytes((reference >> 8, reference & 0xFF, total, number))),)
    elif total > 1:
        place = ((CONCATENATED_8, bytes((reference & 0xFF, total, number))),)
    elements = place + shift.elements
    return build_udh(Udh(elements)) if elements else b""


@lru_cache(maxsize=64)
def header_octets(*, concatenated: bool, wide: bool, shift: Shift) -> int:
    """Octets of the header that `concatenation_udh` makes."""
    return len(concatenation_udh(1, 2 if concatenated else 1, 1, wide=wide, shift=shift))
