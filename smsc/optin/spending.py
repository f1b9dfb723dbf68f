"""What an opt-in has cost so far, and whether one message more would cost too much (MT4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from smsc.messages import Money
from smsc.optin.profile import Profile
from smsc.optin.standing import Registration, Standing

MINUTE = timedelta(minutes=1)


def month_key(profile: str) -> str:
    """Count key of what a number has spent under a profile in one calendar month."""
    return f"spent:{profile}"


def month_start(now: datetime) -> datetime:
    """The first moment of the calendar month, in UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_spent(standing: Standing, profile: str, now: datetime) -> int:
    """Minor units the number has spent under the profile this month."""
    count = standing.counts.get(month_key(profile))
    return count.n if count is not None and count.since == month_start(now) else 0


WEEK = timedelta(days=7)


def day_key(campaign: str, now: datetime) -> str:
    """Count key of what a number has spent on a campaign on one day (UTC); a key comes again after eight days."""
    return f"day{now.toordinal() % 8}:{campaign}"


def day_spent(standing: Standing, key: str, now: datetime) -> int:
    """Minor units spent on the day of `now`; `since` of such a count is when it grew last."""
    count = standing.counts.get(key)
    return count.n if count is not None and count.since.date() == now.date() else 0


def week_spent(standing: Standing, campaign: str, now: datetime) -> int:
    """Minor units spent on a campaign in the last seven days: all of each day on which something was within them."""
    counts = (standing.counts.get(f"day{each}:{campaign}") for each in range(8))
    return sum(count.n for count in counts if count is not None and now - count.since < WEEK)


def minute_spent(registration: Registration, now: datetime) -> int:
    """Minor units spent in the minute that began with the first of them."""
    start = registration.minute_start
    return registration.spent_in_minute if start is not None and now - start < MINUTE else 0


def spend(registration: Registration, value: Money, now: datetime) -> Registration:
    """The registration with one more message ordered."""
    within = minute_spent(registration, now)
    return replace(
        registration,
        spent=registration.spent + value.minor,
        minute_start=registration.minute_start if within else now,
        spent_in_minute=within + value.minor,
    )


def unspend(registration: Registration, value: Money, sent_at: datetime) -> Registration:
    """The registration with a message that was not charged after all."""
    start = registration.minute_start
    in_minute = start is not None and start <= sent_at < start + MINUTE
    return replace(
        registration,
        spent=max(0, registration.spent - value.minor),
        billed=max(0, registration.billed - 1),
        spent_in_minute=max(0, registration.spent_in_minute - value.minor)
        if in_minute
        else registration.spent_in_minute,
    )


def over_cap(
    standing: Standing, registration: Registration, profile: Profile, value: Money, now: datetime
) -> bool:
    """Whether `value` more would pass one of the profile's caps. Caps are in the profile's own currency."""
    caps = profile.caps
    if value.currency != profile.currency:
        return any(
            cap is not None for cap in (caps.message, caps.minute, caps.week, caps.month, caps.registration)
        )
    spent = (
        (caps.message, 0),
        (caps.minute, minute_spent(registration, now)),
        (caps.week, week_spent(standing, registration.campaign, now)),
        (caps.month, month_spent(standing, profile.name, now) if caps.month is not None else 0),
        (caps.registration, registration.spent),
    )
    return any(cap is not None and before + value.minor > cap for cap, before in spent)
