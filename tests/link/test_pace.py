"""Throttling in numbers: pause, halve, climb back."""

from __future__ import annotations

from random import Random

import pytest

from smsc.link.governor import DialGovernor
from smsc.link.pace import Pace


def takes(pace: Pace, since: float, seconds: int, per_s: int) -> float:
    """So many MTs are taken each second; the rate after each is what the bucket would allow."""
    for second in range(seconds):
        for number in range(per_s):
            pace.taken(since + second + number / per_s)
    return since + seconds


def test_throttling_pauses_for_a_second_and_halves_the_rate() -> None:
    pace = Pace(200.0)
    now = takes(pace, 0.0, 3, 200)
    assert pace.throttled(now)
    assert pace.rate == pytest.approx(100.0)
    assert pace.paused_until == now + 1.0


def test_the_window_that_was_on_its_way_counts_as_one_throttling() -> None:
    pace = Pace(200.0)
    assert pace.throttled(10.0)
    assert [pace.throttled(10.0 + n / 100) for n in range(50)] == [False] * 50
    assert pace.rate == pytest.approx(50.0)


def test_pauses_double_up_to_thirty_seconds_until_something_is_taken() -> None:
    pace, now, pauses = Pace(100.0), 0.0, []
    for _ in range(8):
        assert pace.throttled(now)
        pauses.append(pace.paused_until - now)
        now = pace.paused_until
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert pace.rate == 1.0
    pace.taken(now + 0.1)
    assert pace.throttled(now + 0.2)
    assert pace.paused_until == pytest.approx(now + 1.2)


def test_the_rate_climbs_back_by_tenths_and_never_beyond_what_was_agreed() -> None:
    pace = Pace(200.0)
    pace.throttled(takes(pace, 0.0, 3, 200))
    now, rates = pace.paused_until, []
    for _ in range(8):
        now = takes(pace, now, 1, int(pace.rate or 0))
        rates.append(pace.rate)
    assert rates == [100, 120, 140, 160, 180, 200, 200, 200]


def test_without_an_agreed_rate_the_measured_one_is_halved_and_the_limit_goes_again() -> None:
    pace = Pace(None)
    assert pace.rate is None
    now = takes(pace, 0.0, 3, 80)
    assert pace.throttled(now)
    assert pace.rate == pytest.approx(40.0)
    now = pace.paused_until
    for _ in range(40):
        now = takes(pace, now, 1, 10)
    assert pace.rate is None


def test_a_silent_second_does_not_raise_the_rate() -> None:
    pace = Pace(100.0)
    pace.throttled(takes(pace, 0.0, 3, 100))
    before = pace.rate
    pace.taken(pace.paused_until + 100.0)
    assert pace.rate == before


def test_no_storm_after_a_common_outage() -> None:
    governor = DialGovernor(per_s=5.0, rng=Random(3))
    moments = sorted(governor.wait_s(100.0) for _ in range(200))
    assert moments[0] == 0.0
    for first in moments:
        assert sum(first <= moment < first + 1.0 for moment in moments) <= 5
    assert moments[-1] <= 200 / 5.0 * 1.5


def test_a_lone_dial_does_not_wait() -> None:
    governor = DialGovernor(per_s=5.0, rng=Random(3))
    assert [governor.wait_s(now) for now in (0.0, 1.0, 2.0)] == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="none"):
        DialGovernor(per_s=0)
