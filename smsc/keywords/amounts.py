"""Prices and waits as people write them in keywords.yaml."""

from __future__ import annotations

import re
from decimal import Decimal

from smsc.keywords.shape import fault
from smsc.messages import Money

# ISO 4217: currencies whose minor unit is not a hundredth.
_DIGITS_OF = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS = {currency: digits for digits, listed in _DIGITS_OF.items() for currency in listed.split()}
_PRICE = re.compile(r"\d{1,9}(\.\d{1,4})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_WAIT = re.compile(r"(\d{1,8}(?:\.\d{1,3})?)\s*(s|m|min|h|d)?", re.ASCII)
_SECONDS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
WAIT_MAX_S = 366 * 86400


def price(text: str, currency: str) -> Money:
    """ "3.00", "CHF" as Money(300, "CHF"), exactly.  Raises: a fault (pydantic) with its mend."""
    if not _CURRENCY.fullmatch(currency):
        raise fault("a currency has three capital letters (ISO 4217)", 'write "CHF", "EUR", ...', rule="CH1")
    if not _PRICE.fullmatch(text):
        raise fault("this is no price", 'write digits with a point, in quotes: "3.00"', rule="CH1")
    digits = _DIGITS.get(currency, 2)
    minor = Decimal(text).scaleb(digits)
    if minor != minor.to_integral_value():
        raise fault(f"finer than the minor unit of {currency}", f"write at most {digits} decimals")
    return Money(int(minor), currency)


def amount(text: str) -> Money:
    """ "CHF 3.00" as Money, the key of a tariff.  Raises: a fault with its mend."""
    currency, _, number = text.partition(" ")
    if not number:
        raise fault("a tariff's key is a currency and a price", 'write it like "CHF 3.00"', rule="CH1")
    return price(number.strip(), currency)


def seconds(value: object) -> float:
    """A wait in seconds from "30", "30s", "15m", "24h", "7d"; above zero, at most a year."""
    found = _WAIT.fullmatch(str(value).strip())
    if found is None:
        raise fault("this is no time to wait", "write seconds, or 30s, 15m, 24h, 7d")
    wait = float(found[1]) * _SECONDS[found[2]]
    if not 0 < wait <= WAIT_MAX_S:
        raise fault("a wait is longer than nothing and at most a year", "write seconds, or 30s, 15m, 24h, 7d")
    return wait
