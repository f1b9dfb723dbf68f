"""When a callback that was not taken is tried again (RP1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

DELAYS_S = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
"""Wait after the first, second, ... failure; the last repeats."""
JITTER = 0.2
GIVE_UP = timedelta(hours=72)


def retry_at(
    created_at: datetime, *, attempts: int, now: datetime, jitter: float, retry_after_s: float = 0.0
) -> datetime | None:
    """When to try again after `attempts` failures, for the last time at 72 hours; None from then on (RP1).

    Args:
        jitter: -1..1, spreads the delay by a fifth.
        retry_after_s: the merchant's own wish, already bounded.
    """
    delay_s = DELAYS_S[min(attempts, len(DELAYS_S)) - 1] * (1 + JITTER * jitter)
    last = created_at + GIVE_UP
    return None if now >= last else min(now + timedelta(seconds=max(delay_s, retry_after_s)), last)


def retry_after(value: str, *, now: datetime, most_s: float) -> float:
    """Seconds that a Retry-After header asks for, 0 without a readable one, `most_s` at most.

    Source: RFC 9110 §10.2.3 (delay-seconds or HTTP-date).
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), most_s)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), most_s)
