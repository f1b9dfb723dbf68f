"""Money: amounts, what becomes of a charge, billing periods. Pure."""

from smsc.charging.charge import after_receipt, after_submit, overdue
from smsc.charging.money import (
    BadCurrency,
    BadMoney,
    NegativeMoney,
    format_money,
    minor_digits,
    parse_money,
)
from smsc.charging.period import next_period, period_start

__all__ = [
    "BadCurrency",
    "BadMoney",
    "NegativeMoney",
    "after_receipt",
    "after_submit",
    "format_money",
    "minor_digits",
    "next_period",
    "overdue",
    "parse_money",
    "period_start",
]
