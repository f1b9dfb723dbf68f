"""Septets packed into octets, as some carriers hand the GSM alphabet over.

Source: 3GPP TS 23.038 §6.1.1 (packing); 3GPP TS 23.040 §9.2.3.24 (fill bits after a header).
"""

from __future__ import annotations

SEPTET_BITS = 7
_FILLER = 0x0D
"""As in a USSD text, a CR stands in the last septet that would otherwise be seven zero bits."""


def fill_bits(udh_octets: int) -> int:
    """Bits left empty after a header of so many octets, so that the text begins on a septet."""
    return -udh_octets * 8 % SEPTET_BITS


def pack(septets: bytes, *, skip: int = 0) -> bytes:
    """Octets of `septets` after `skip` fill bits; a whole septet of padding is a CR, which no handset shows."""
    bits = skip + len(septets) * SEPTET_BITS
    if septets and -bits % 8 == SEPTET_BITS:
        septets += bytes((_FILLER,))
    number = 0
    for septet in reversed(septets):
        number = number << SEPTET_BITS | septet
    return (number << skip).to_bytes((bits + 7) // 8, "little")


def unpack(data: bytes, *, skip: int = 0) -> bytes:
    """Septets, one in an octet, after `skip` fill bits.

    A last septet that may be padding (seven zero bits, or the CR in their place) is taken for padding: an "@" or
    a line end is lost there rather than one shown that nobody wrote.
    """
    count = max(0, len(data) * 8 - skip) // SEPTET_BITS
    number = int.from_bytes(data, "little") >> skip
    septets = bytearray(count)
    for place in range(count):
        septets[place] = number >> place * SEPTET_BITS & 0x7F
    if count and (len(data) * 8 - skip) % SEPTET_BITS == 0 and septets[-1] in (0, _FILLER):
        del septets[-1]
    return bytes(septets)
