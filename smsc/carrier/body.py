"""What is inside the octets of an MO: its header and its text, ready to be decoded or joined."""

from __future__ import annotations

from typing import NamedTuple

from smsc.carrier.profile import CarrierProfile
from smsc.smpp.codes import EsmClass
from smsc.sms.alphabets import Alphabet
from smsc.sms.coding import alphabet_of
from smsc.sms.national import PLAIN, Shift
from smsc.sms.packing import fill_bits, unpack
from smsc.sms.udh import Udh, parse_udh

UDHI = int(EsmClass.UDHI)


class Body(NamedTuple):
    """`data` without header; packed septets are unpacked already, so `alphabet` is GSM7 then."""

    data: bytes
    alphabet: Alphabet
    udh: Udh | None = None
    headless: bool = False
    """esm_class announces a header that is not there."""

    @property
    def shift(self) -> Shift:
        """The national tables in force."""
        return PLAIN if self.udh is None else self.udh.shift


def read_body(profile: CarrierProfile, raw: bytes, *, esm_class: int, data_coding: int) -> Body:
    """The body in the octets of a message (SMPP v3.4 §5.2.12, §5.2.19)."""
    alphabet = alphabet_of(data_coding, profile.default_alphabet, overrides=profile.data_codings)
    udh: Udh | None = None
    data, announced = raw, bool(esm_class & UDHI)
    if announced:
        udh, data = parse_udh(raw)
    if alphabet is Alphabet.GSM7_PACKED:
        data, alphabet = unpack(data, skip=fill_bits(len(raw) - len(data))), Alphabet.GSM7
    return Body(data, alphabet, udh, announced and udh is None)
