"""The body of a short message that is no text: a user data header and the data after it, as a merchant gives them.

Source: 3GPP TS 23.040 §9.2.3.24 (TP-User Data).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from smsc.sms.coding import OCTETS_MAX
from smsc.sms.errors import BadOctets, TextTooLong
from smsc.sms.udh import parse_udh

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Octets:
    """`udh` begins with its length octet, or is empty; `data` is what the handset's application gets."""

    udh: bytes
    data: bytes

    @property
    def is_part(self) -> bool:
        """Whether the header says that it is one of several short messages."""
        udh, _ = parse_udh(self.udh)
        return udh is not None and udh.concatenation is not None


def octets_of(udh: bytes, data: bytes) -> Octets:
    """A body that a handset can take.

    Raises:  BadOctets: no data, or a header that is not whole.  TextTooLong: more than one short message holds.
    """
    if udh:
        parsed, rest = parse_udh(udh)
        if parsed is None or rest:
            raise BadOctets("udh is no whole user data header: its first octet counts those that follow")
    if not data:
        raise BadOctets("there is no data")
    if len(udh) + len(data) > OCTETS_MAX:
        raise TextTooLong(f"header and data have more than {OCTETS_MAX} octets")
    return Octets(udh, data)


def parse_hex(text: str, name: str) -> bytes:
    """Octets from hexadecimal digits, two each, in either case.

    Raises:  BadOctets: anything else.
    """
    if not _HEX.fullmatch(text):
        raise BadOctets(f"{name} is hexadecimal: two of 0-9 and A-F for each octet")
    return bytes.fromhex(text)
