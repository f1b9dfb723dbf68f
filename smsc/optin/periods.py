"""When the billing period that holds a moment began (MT4)."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

from smsc.messages import Period

_FIXED = {Period.DAY: timedelta(days=1), Period.WEEK: timedelta(days=7)}


def period_start(opened_at: datetime, per: Period, now: datetime) -> datetime:
    """Start of the period that holds `now`; `opened_at` when `now` lies before it.

    Periods begin at the opt-in and repeat. A month repeats its day, or takes the month's last one; the anchor
    stays, so an opt-in on the 31st gives 28 February and then 31 March again.
    """
    if now <= opened_at:
        return opened_at
    if (length := _FIXED.get(per)) is not None:
        return opened_at + length * ((now - opened_at) // length)
    months = (now.year - opened_at.year) * 12 + now.month - opened_at.month
    start = _plus_months(opened_at, months)
    return start if start <= now else _plus_months(opened_at, months - 1)


def next_period(opened_at: datetime, per: Period, now: datetime) -> datetime:
    """Start of the period after the one that holds `now`."""
    start = period_start(opened_at, per, now)
    if (length := _FIXED.get(per)) is not None:
        return start + length
    return _plus_months(opened_at, (start.year - opened_at.year) * 12 + start.month - opened_at.month + 1)


def _plus_months(opened_at: datetime, months: int) -> datetime:
    year, month = divmod(opened_at.year * 12 + opened_at.month - 1 + months, 12)
    day = min(opened_at.day, monthrange(year, month + 1)[1])
    return opened_at.replace(year=year, month=month + 1, day=day)
