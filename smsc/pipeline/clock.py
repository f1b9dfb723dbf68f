"""Business time: what the deadlines of subscribers, merchants and retries count by.

SMPP session timers count by the event loop instead (`link`), so that a driven clock can jump a month without
cutting every bind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Alarm(Protocol):
    """A call that is yet to come."""

    def cancel(self) -> None:
        """Forget it; harmless once it has come."""


class Clock(Protocol):
    """Time for the pipeline: the wall's in service, a driven one in conversation tests."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""

    def call_at(self, when: datetime, callback: Callable[[], None]) -> Alarm:
        """Call back in the loop at `when`, at once if it is past."""


class WallClock:
    """The machine's clock. Long waits are cut so that a stepped clock is noticed within a minute."""

    recheck_s_max = 60.0

    def now(self) -> datetime:
        """The present in UTC."""
        return datetime.now(UTC)

    def call_at(self, when: datetime, callback: Callable[[], None]) -> Alarm:
        """Call back at `when`; may come early by a long wait's cut, so callers look at the time again."""
        wait_s = (when - self.now()).total_seconds()
        loop = asyncio.get_running_loop()
        return loop.call_later(min(max(0.0, wait_s), self.recheck_s_max), callback)


async def wait_for(event: asyncio.Event, clock: Clock, until: datetime | None) -> None:
    """Wait until `event` is set or `clock` shows `until`; the event stays as it is."""
    if event.is_set():
        return
    if until is None:
        await event.wait()
        return
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    alarm = clock.call_at(until, wake)
    watcher = asyncio.ensure_future(event.wait())
    watcher.add_done_callback(lambda _: wake())
    try:
        await waiter
    finally:
        alarm.cancel()
        watcher.cancel()
