"""Quiet hours: when content may leave for a number (MT7). Local time is the subscriber's, told by the number."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from smsc.sms.numbers import Msisdn

Quiet = tuple[time, time]
"""From, to; over midnight where the first is the later."""

UNKNOWN = "Etc/Unknown"


def leaves_at(now: datetime, quiet: Quiet, zones: tuple[ZoneInfo, ...]) -> datetime:
    """The first moment from `now` on that is quiet in none of the zones.

    Where a number may be in several zones all of them count. Where together they leave no moment of the day, the
    moment that is not quiet in the first of them.
    """
    moment = now
    for _ in range(2 * len(zones) + 1):
        later = max((_end_of_quiet(moment, quiet, zone) for zone in zones), default=moment)
        if later == moment:
            return moment
        moment = later
    return _end_of_quiet(now, quiet, zones[0])


def _end_of_quiet(moment: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """`moment` itself when it is not quiet there, else when quiet ends."""
    begin, end = quiet
    local = moment.astimezone(zone)
    at = local.time().replace(tzinfo=None)
    inside = begin <= at < end if begin <= end else at >= begin or at < end
    if not inside:
        return moment
    day = local.date() if at < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def zones_of(msisdn: Msisdn, country: str) -> tuple[ZoneInfo, ...]:
    """The zones the number may be in, by its prefix; else those of the code's country; else UTC.

    Source: libphonenumber's map of prefixes to zones.
    """
    names: tuple[str, ...] = ()
    if msisdn.isdigit():
        names = _named(f"+{msisdn}")
    if not names and country:
        example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
        names = tuple(timezone.time_zones_for_number(example)) if example is not None else ()
    return tuple(ZoneInfo(name) for name in names if name != UNKNOWN) or (ZoneInfo("UTC"),)


def _named(number: str) -> tuple[str, ...]:
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in names if name != UNKNOWN)
