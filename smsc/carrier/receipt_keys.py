"""Message ids that match (RP3): the id of a submit_sm_resp and the one in its receipt give the same key."""

from __future__ import annotations

from smsc.carrier.profile import CarrierProfile

_ID_MAX = 64
"""SMPP v3.4 §4.4.2: message_id has 65 octets with its NUL."""
_DECIMAL = frozenset("0123456789")
_HEXADECIMAL = frozenset("0123456789ABCDEF")


def receipt_key(profile: CarrierProfile, message_id: str, *, from_receipt: bool) -> str:
    """The id as it is stored and looked up.

    Upper case, without leading zeros. Where the carrier writes an id in hexadecimal on one side and decimal
    on the other, both become the decimal number. An id that is no such number (a UUID) only loses its case.
    """
    key = message_id.strip("\0 \t\r\n").upper()
    if profile.receipt_id != "same" and len(key) <= _ID_MAX:
        hexadecimal = (profile.receipt_id == "hex-to-decimal") != from_receipt
        number = _number(key, hexadecimal=hexadecimal)
        if number is not None:
            return str(number)
    if key.isalnum():
        return key.lstrip("0") or key[:1]
    return key


def _number(key: str, *, hexadecimal: bool) -> int | None:
    """The number in `key`; letters A to F make it hexadecimal whatever the side was expected to write."""
    digits = key.removeprefix("0X")
    if not digits or not _HEXADECIMAL.issuperset(digits):
        return None
    return int(digits, 10 if not hexadecimal and _DECIMAL.issuperset(digits) else 16)
