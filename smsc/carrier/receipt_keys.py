"""Message ids that match (RP3): the id of a submit_sm_resp and the one in its receipt give the same key.

Where the form is to be learned, an answer's id has one key and a receipt's id has several candidates.
"""

from __future__ import annotations

from typing import Literal

from smsc.carrier.profile import CarrierProfile

Form = Literal["same", "hex-to-decimal", "decimal-to-hex"]
"""How an id changes from submit_sm_resp to the receipt."""

_ID_MAX = 64
"""SMPP v3.4 §4.4.2: message_id has 65 octets with its NUL."""
_DECIMAL = frozenset("0123456789")
_HEXADECIMAL = frozenset("0123456789ABCDEF")


def receipt_key(profile: CarrierProfile, message_id: str, *, from_receipt: bool) -> str:
    """The id as it is stored and looked up.

    Upper case, without leading zeros. Where the carrier is known to write an id in hexadecimal on one side and
    decimal on the other, both become the decimal number. An id that is no such number (a UUID) only loses its case.
    """
    key = message_id.strip("\0 \t\r\n").upper()
    if profile.receipt_id not in ("same", "learn") and len(key) <= _ID_MAX:
        hexadecimal = (profile.receipt_id == "hex-to-decimal") != from_receipt
        number = _number(key, hexadecimal=hexadecimal)
        if number is not None:
            return str(number)
    if key[:2] == "0X" and _HEXADECIMAL.issuperset(key[2:]):
        key = key[2:]
    if key.isalnum():
        return key.lstrip("0") or key[:1]
    return key


def receipt_candidates(profile: CarrierProfile, message_id: str) -> tuple[tuple[Form, str], ...]:
    """The keys that the answer to a receipt's MT may have been stored under, each once, with the form it means."""
    key = receipt_key(profile, message_id, from_receipt=True)
    if not key:
        return ()
    if profile.receipt_id != "learn":
        return ((profile.receipt_id, key),)
    return _forms(key, decimal="hex-to-decimal", hexadecimal="decimal-to-hex")


def answer_candidates(profile: CarrierProfile, key: str) -> tuple[tuple[Form, str], ...]:
    """The keys under which receipts that came before their answer may wait for the answer stored as `key`."""
    if profile.receipt_id != "learn":
        return ((profile.receipt_id, key),)
    return _forms(key, decimal="decimal-to-hex", hexadecimal="hex-to-decimal")


def _forms(key: str, *, decimal: Form, hexadecimal: Form) -> tuple[tuple[Form, str], ...]:
    """`key` as it is, what it is in hexadecimal if it is `decimal`, and in decimal if it is `hexadecimal`."""
    if len(key) > _ID_MAX or not _HEXADECIMAL.issuperset(key):
        return (("same", key),)
    in_decimal = str(int(key, 16))
    if not _DECIMAL.issuperset(key):
        return ("same", key), (hexadecimal, in_decimal)
    if in_decimal == key:
        return (("same", key),)
    return ("same", key), (decimal, f"{int(key):X}"), (hexadecimal, in_decimal)


def _number(key: str, *, hexadecimal: bool) -> int | None:
    """The number in `key`; letters A to F make it hexadecimal whatever the side was expected to write."""
    digits = key.removeprefix("0X")
    if not digits or not _HEXADECIMAL.issuperset(digits):
        return None
    return int(digits, 10 if not hexadecimal and _DECIMAL.issuperset(digits) else 16)
