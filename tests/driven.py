"""A clock that tests drive: nothing sleeps, and a month passes in the time its events take."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday noon, far from month ends and clock changes."""


class DrivenAlarm:
    """A call that comes when the clock is driven past it."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class DrivenClock:
    """Business time that stands still until `passes`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._order = count()
        self._alarms: list[tuple[datetime, int, DrivenAlarm]] = []

    def now(self) -> datetime:
        return self._now

    def call_at(self, when: datetime, callback: Callable[[], None]) -> DrivenAlarm:
        alarm = DrivenAlarm(callback)
        if when <= self._now:
            asyncio.get_running_loop().call_soon(self._ring, alarm)
        else:
            heapq.heappush(self._alarms, (when, next(self._order), alarm))
        return alarm

    async def passes(self, span: timedelta, settled: Callable[[], Awaitable[None]]) -> None:
        """Let `span` pass, stopping at every alarm until all it leads to has settled."""
        until = self._now + span
        await settled()
        while self._alarms and self._alarms[0][0] <= until:
            when, _, alarm = heapq.heappop(self._alarms)
            if alarm.callback is None:
                continue
            self._now = max(self._now, when)
            self._ring(alarm)
            await settled()
        self._now = until
        await settled()

    @staticmethod
    def _ring(alarm: DrivenAlarm) -> None:
        callback, alarm.callback = alarm.callback, None
        if callback is not None:
            callback()
