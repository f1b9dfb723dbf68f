"""Billing periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.charging import next_period, period_start
from smsc.messages import Period


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("opened", "per", "now", "start"),
    [
        ("2025-03-05 10:00", Period.WEEK, "2025-03-12 09:59:59", "2025-03-05 10:00"),
        ("2025-03-05 10:00", Period.WEEK, "2025-03-12 10:00", "2025-03-12 10:00"),
        ("2025-03-05 10:00", Period.DAY, "2025-03-09 09:00", "2025-03-08 10:00"),
        ("2025-01-31 10:00", Period.MONTH, "2025-02-28 09:59", "2025-01-31 10:00"),
        ("2025-01-31 10:00", Period.MONTH, "2025-02-28 10:00", "2025-02-28 10:00"),
        ("2025-01-31 10:00", Period.MONTH, "2025-03-30 10:00", "2025-02-28 10:00"),
        ("2025-01-31 10:00", Period.MONTH, "2025-03-31 10:00", "2025-03-31 10:00"),
        ("2024-01-31 10:00", Period.MONTH, "2024-03-01 00:00", "2024-02-29 10:00"),
        ("2024-12-15 10:00", Period.MONTH, "2025-01-15 09:00", "2024-12-15 10:00"),
        ("2024-12-15 10:00", Period.MONTH, "2026-02-20 09:00", "2026-02-15 10:00"),
        ("2025-03-05 10:00", Period.MONTH, "2025-03-05 09:00", "2025-03-05 10:00"),
    ],
)
def test_MT4_a_period_is_anchored_at_the_opt_in(opened: str, per: Period, now: str, start: str) -> None:
    assert period_start(at(opened), per, at(now)) == at(start)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(moments, st.sampled_from(Period), st.timedeltas(timedelta(0), timedelta(days=3000)))
def test_MT4_periods_follow_each_other_without_gap(opened: datetime, per: Period, later: timedelta) -> None:
    now = opened + later
    start, end = period_start(opened, per, now), next_period(opened, per, now)
    assert opened <= start <= now < end
    assert period_start(opened, per, end) == end
    assert period_start(opened, per, end - timedelta(microseconds=1)) == start
