"""When a carrier is down because it said so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(
    r"(?:(?P<day>daily|mon|tue|wed|thu|fri|sat|sun) )?(?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?: (?P<zone>\S+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Once a week on `day` (0 Monday), every day when it is None, by the wall clock of `zone`.

    An end before the begin is on the next day.
    """

    day: int | None
    begin: time
    end: time
    zone: ZoneInfo

    def ends_after(self, now: datetime) -> datetime | None:
        """When the window in which `now` lies ends; None: it lies in none. `now` is aware."""
        local = now.astimezone(self.zone)
        for days_ago in (0, 1):
            date = (local - timedelta(days=days_ago)).date()
            if self.day is not None and date.weekday() != self.day:
                continue
            begin = datetime.combine(date, self.begin, self.zone)
            until = date + timedelta(days=1) if self.end <= self.begin else date
            end = datetime.combine(until, self.end, self.zone)
            if begin.timestamp() <= now.timestamp() < end.timestamp():
                return end
        return None


def parse_maintenance(text: str) -> MaintenanceWindow:
    """ "Sun 02:00-04:00 Europe/Zurich"; without a day every day, without a zone UTC.

    Raises: ValueError: not of that form, or no such time or zone.
    """
    form = _FORM.fullmatch(" ".join(text.split()))
    if form is None:
        raise ValueError(f'{text!r} is not like "Sun 02:00-04:00 Europe/Zurich"')
    day = (form["day"] or "daily").lower()
    try:
        begin, end = time.fromisoformat(form["begin"]), time.fromisoformat(form["end"])
        zone = ZoneInfo(form["zone"] or "UTC")
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{text!r}: {error}") from None
    return MaintenanceWindow(DAYS.index(day) if day in DAYS else None, begin, end, zone)


def maintenance_ends(windows: Iterable[MaintenanceWindow], now: datetime) -> datetime | None:
    """The latest end of the windows in which `now` lies; None: it lies in none."""
    return max((end for window in windows if (end := window.ends_after(now))), default=None)
