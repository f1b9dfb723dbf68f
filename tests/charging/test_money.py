"""Amounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.charging import BadCurrency, BadMoney, NegativeMoney, format_money, parse_money
from smsc.messages import Money


@pytest.mark.parametrize("text", ["3", "3.0", "3.00", "3.000", " 03.00 "])
def test_CH2_one_amount_is_one_value_however_it_is_written(text: str) -> None:
    assert parse_money(text, "CHF") == Money(300, "CHF")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0.00", "CHF", 0),
        ("-0", "CHF", 0),
        ("1.49", "EUR", 149),
        ("150", "JPY", 150),
        ("150.0", "JPY", 150),
        ("1.234", "KWD", 1234),
        ("99", "RSD", 9900),
        ("3", "chf", 300),
    ],
)
def test_minor_units_are_those_of_iso_4217(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == Money(minor, currency.upper())


@pytest.mark.parametrize(
    ("text", "currency", "error", "says"),
    [
        ("3.005", "CHF", BadMoney, "finer than its minor unit: CHF has 2 decimals"),
        ("1.5", "JPY", BadMoney, "JPY has 0 decimals"),
        ("3,00", "CHF", BadMoney, "digits with a point"),
        ("", "CHF", BadMoney, "digits with a point"),
        ("1e3", "CHF", BadMoney, "digits with a point"),
        ("٣", "CHF", BadMoney, "digits with a point"),
        ("9" * 13, "CHF", BadMoney, "digits with a point"),
        ("-1", "CHF", NegativeMoney, "below zero"),
        ("1", "CH", BadCurrency, "three letters"),
        ("1", "", BadCurrency, "three letters"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_mend(
    text: str, currency: str, error: type[BadMoney], says: str
) -> None:
    with pytest.raises(error, match=says):
        parse_money(text, currency)


@given(st.integers(-(10**11), 10**11), st.sampled_from(["CHF", "JPY", "KWD", "CLF"]))
def test_an_amount_makes_the_round_trip(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    written = format_money(money)
    if minor < 0:
        assert written == "-" + format_money(Money(-minor, currency))
    else:
        assert parse_money(written, currency) == money


def test_an_amount_is_written_with_all_its_decimals() -> None:
    assert [format_money(Money(minor, "CHF")) for minor in (0, 5, 300, 12345)] == [
        "0.00",
        "0.05",
        "3.00",
        "123.45",
    ]
    assert format_money(Money(150, "JPY")) == "150"
