"""The two parties of a message: subscriber number and short code."""

from __future__ import annotations

from smsc.sms.errors import BadMsisdn

DIGITS_MIN = 7
"""The shortest international numbers: country code 3, number 4 (Niue, Saint Helena)."""
DIGITS_MAX = 15
"""ITU-T E.164 §6."""
ALIAS_MAX = 20
"""What source_addr holds (SMPP v3.4 §4.4.1: 21 octets with the NUL)."""

_PUNCTUATION = str.maketrans("", "", " -./()\u00a0\u2009\u202f\u2011")


class Msisdn(str):
    """A subscriber number: international digits without "+", or a carrier's alias kept whole ("#288...").

    Logs and reprs show it masked (4477*****123); `str(number)` gives it whole.
    """

    __slots__ = ()

    @property
    def masked(self) -> str:
        """First four and last three characters; the rest starred."""
        whole = str.__str__(self)
        if len(whole) <= 7:
            return "*" * len(whole)
        return f"{whole[:4]}{'*' * (len(whole) - 7)}{whole[-3:]}"

    def __repr__(self) -> str:
        return f"Msisdn({self.masked})"


class ShortCode(str):
    """A number on which MOs arrive and from which MTs leave ("543", "444999")."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"ShortCode({str.__str__(self)})"


def parse_msisdn(text: str) -> Msisdn:
    """A number as merchants write it: "41791234567", "+41 79 123 45 67", "0041791234567", "#288...".

    Raises:  BadMsisdn: no international number of 7 to 15 digits; a national one (leading 0) has no country.
    Source:  ITU-T E.164 §6 (length); whether the range is in use is not asked, so test numbers pass.
    """
    if text.isascii() and text.isdigit() and DIGITS_MIN <= len(text) <= DIGITS_MAX and text[0] != "0":
        return Msisdn(text)
    digits = text.strip()
    if digits.startswith("#"):
        return _parse_alias(digits)
    digits = digits.translate(_PUNCTUATION)
    if digits.startswith("+"):
        digits = digits[1:]
    elif digits.startswith("00"):
        digits = digits[2:]
    if not (digits.isascii() and digits.isdigit()):
        raise BadMsisdn("a number is digits, with or without a leading + or 00")
    if digits[0] == "0":
        raise BadMsisdn("the number begins with 0: write it with its country code")
    if not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        raise BadMsisdn(f"a number has {DIGITS_MIN} to {DIGITS_MAX} digits, this one {len(digits)}")
    return Msisdn(digits)


def _parse_alias(text: str) -> Msisdn:
    if 2 <= len(text) <= ALIAS_MAX and text[1:].isascii() and text[1:].isalnum():
        return Msisdn(text)
    raise BadMsisdn(f"an alias is # and 1 to {ALIAS_MAX - 1} letters or digits")
