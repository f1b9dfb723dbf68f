"""MT7: when content may leave, in the subscriber's own time."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from smsc.optin.quiet import leaves_at, zones_of
from smsc.sms.numbers import Msisdn

NIGHT = (time(21), time(8))
ZURICH, NEW_YORK, LOS_ANGELES = (
    ZoneInfo(name) for name in ("Europe/Zurich", "America/New_York", "America/Los_Angeles")
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-03-02T12:00", "2026-03-02T12:00"),
        ("2026-03-02T19:59", "2026-03-02T19:59"),  # 20:59 in Zurich
        ("2026-03-02T20:00", "2026-03-03T07:00"),  # 21:00: over midnight
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-03-28T22:00", "2026-03-29T06:00"),  # the clocks go forward that night
    ],
)
def test_MT7_quiet_hours_are_local(now: str, leaves: str) -> None:
    assert leaves_at(utc(now), NIGHT, (ZURICH,)) == utc(leaves)


def test_MT7_a_number_in_several_zones_is_quiet_where_any_is() -> None:
    zones = (NEW_YORK, LOS_ANGELES)
    assert leaves_at(utc("2026-03-02T14:00"), NIGHT, zones) == utc("2026-03-02T16:00")  # 09:00 and 06:00
    assert leaves_at(utc("2026-03-02T18:00"), NIGHT, zones) == utc("2026-03-02T18:00")
    assert leaves_at(utc("2026-03-03T03:00"), NIGHT, zones) == utc("2026-03-03T16:00")


def test_MT7_zones_that_leave_no_moment_follow_the_first() -> None:
    most = (time(9), time(8))
    zones = (ZURICH, LOS_ANGELES)
    assert leaves_at(utc("2026-03-02T12:00"), most, zones) == utc("2026-03-03T07:00")


@pytest.mark.parametrize(
    ("number", "country", "zone"),
    [
        ("41791234501", "CH", "Europe/Zurich"),
        ("14155550123", "US", "America/Los_Angeles"),
        ("#288166360171234", "CH", "Europe/Zurich"),
        ("#288166360171234", "", "UTC"),
    ],
)
def test_MT7_the_number_tells_its_zone_else_the_code_does(number: str, country: str, zone: str) -> None:
    assert zones_of(Msisdn(number), country) == (ZoneInfo(zone),)
