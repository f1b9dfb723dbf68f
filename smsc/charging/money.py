"""Amounts as merchants write them, to integers of the minor unit and back (CH2: never floats)."""

from __future__ import annotations

import re

from smsc.messages import Money

# ISO 4217 list one. Not from CLDR, whose digits are those of shop prices: RSD 0 there, 2 by ISO.
_DIGITS_OF = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_DIGITS = {currency: digits for digits, listed in _DIGITS_OF.items() for currency in listed.split()}
_AMOUNT = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,12}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")


class BadMoney(ValueError):
    """No amount of that currency: not a number, or finer than its minor unit."""


class NegativeMoney(BadMoney):
    """An amount below zero."""


class BadCurrency(BadMoney):
    """Not three letters."""


def minor_digits(currency: str) -> int:
    """How many digits stand after the point of an amount (ISO 4217); 2 for all but a few."""
    return _MINOR_DIGITS.get(currency, 2)


def parse_money(text: str, currency: str) -> Money:
    """Money from a decimal number with a point: "3", "3.0" and "3.00" CHF are Money(300, "CHF").

    Raises:  BadCurrency, NegativeMoney, BadMoney (no number; "3.005" CHF), with what to write instead.
    """
    code = currency.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise BadCurrency(f"a currency has three letters (ISO 4217), not {currency[:12]!r}")
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise BadMoney(f"{text[:24]!r} is no amount: write digits with a point, like 3.00")
    sign, whole, fraction = match[1], match[2], match[3] or ""
    digits = minor_digits(code)
    if fraction[digits:].strip("0"):
        raise BadMoney(f"{text.strip()} {code} is finer than its minor unit: {code} has {digits} decimals")
    minor = int(whole + fraction[:digits].ljust(digits, "0"))
    if sign and minor:
        raise NegativeMoney(f"{text.strip()} {code} is below zero")
    return Money(minor, code)


def format_money(money: Money) -> str:
    """The amount without its currency, with all decimals: "3.00"; parse_money reads it back."""
    digits = minor_digits(money.currency)
    sign = "-" if money.minor < 0 else ""
    whole = str(abs(money.minor)).rjust(digits + 1, "0")
    return sign + whole if digits == 0 else f"{sign}{whole[:-digits]}.{whole[-digits:]}"
