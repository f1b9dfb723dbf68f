"""The addresses of a PDU, as the two parties of a message."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

from smsc.sms.errors import BadMsisdn
from smsc.sms.numbers import Msisdn, ShortCode, parse_msisdn

TON_NATIONAL = 2
TON_NETWORK_SPECIFIC = 3
TON_ALPHANUMERIC = 5
TON_ABBREVIATED = 6
"""SMPP v3.4 §5.2.5."""
SHORT_CODE_DIGITS_MAX = 8
"""With TON 3 or 6; with any other, what is shorter than a number is a short code."""


def read_party(address: str, ton: int, country: str) -> tuple[Msisdn, bool]:
    """Who sent an MO, and whether an automatic reply may go there (RT7).

    A number becomes international digits, with the help of `country` (ISO 3166) where it is national.
    Alphanumeric and short-code senders stand as they came and get no reply.
    """
    if ton in (TON_NETWORK_SPECIFIC, TON_ABBREVIATED) and len(address) <= SHORT_CODE_DIGITS_MAX:
        return Msisdn(address), False
    if ton == TON_ALPHANUMERIC:
        return Msisdn(address), False
    national = ton == TON_NATIONAL or (address[:1] == "0" and address[:2] != "00")
    if national:
        return _read_national(address, country)
    try:
        return parse_msisdn(address), True
    except BadMsisdn:
        return Msisdn(address), False


def read_short_code(address: str) -> ShortCode:
    """The code an MO was sent to; some carriers write it with a plus."""
    return ShortCode(address[1:] if address[:1] == "+" else address)


@lru_cache(maxsize=4096)
def _read_national(address: str, country: str) -> tuple[Msisdn, bool]:
    try:
        number = phonenumbers.parse(address, country or None)
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return parse_msisdn(written), True
    except (phonenumbers.NumberParseException, BadMsisdn):
        return Msisdn(address), False
