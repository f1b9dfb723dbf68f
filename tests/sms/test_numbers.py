"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms import BadMsisdn, Msisdn, parse_msisdn


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("41791234567", "41791234567"),
        ("+41791234567", "41791234567"),
        ("0041791234567", "41791234567"),
        (" +41 79 123-45.67 ", "41791234567"),
        ("+1 (415) 555-0123", "14155550123"),
        ("6834002", "6834002"),
        ("#288166360171234", "#288166360171234"),
    ],
)
def test_a_number_becomes_international_digits(text: str, digits: str) -> None:
    number = parse_msisdn(text)
    assert isinstance(number, Msisdn)
    assert str(number) == digits


@pytest.mark.parametrize(
    "text",
    ["", "+", "00", "0791234567", "000123456789", "123456", "1" * 16, "Astro", "#", "# 288", "#" + "1" * 20,
     "٤١٧٩١٢٣٤٥٦٧", "4179¹234567", "+41+79", "41_791234567"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadMsisdn) as caught:
        parse_msisdn(text)
    assert "791234567" not in str(caught.value)


@given(st.text(max_size=30))
def test_a_parsed_number_stays_as_it_is(text: str) -> None:
    try:
        number = parse_msisdn(text)
    except BadMsisdn as refused:
        assert str(refused)
    else:
        assert parse_msisdn(str(number)) == number


def test_a_number_is_masked_where_it_is_shown() -> None:
    assert repr(parse_msisdn("447700900123")) == "Msisdn(4477*****123)"
