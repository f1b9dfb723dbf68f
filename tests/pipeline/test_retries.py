"""When a callback comes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smsc.pipeline.retries import retry_after, retry_at

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def test_RP1_delays_grow_and_end_at_72_hours() -> None:
    now, attempts, waits = NOW, 0, []
    while (at := retry_at(NOW, attempts=(attempts := attempts + 1), now=now, jitter=0)) is not None:
        waits.append((at - now).total_seconds())
        now = at
    assert waits[:3] == [10, 30, 60]
    assert waits[:-1] == sorted(waits[:-1])
    assert now - NOW == timedelta(hours=72)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999999999999", 3600),
        ("Sat, 31 Jan 2026 12:05:00 GMT", 300),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0),
        ("31 Jan 2026 12:05:00", 300),
        ("soon", 0),
        ("-5", 0),
    ],
)
def test_retry_after_is_read_and_bounded(value: str, seconds: float) -> None:
    assert retry_after(value, now=NOW, most_s=3600) == seconds
