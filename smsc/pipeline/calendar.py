"""Wakes the line when something is due; what is due, and that it fires once, is the store's to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from smsc.pipeline.clock import Alarm, Clock
from smsc.store import Writes


class Calendar:
    """One alarm, armed for the earliest thing that waits."""

    def __init__(self, clock: Clock, tick: Callable[[], None]) -> None:
        self._clock, self._tick = clock, tick
        self._due: datetime | None = None
        self._alarm: Alarm | None = None

    @property
    def idle(self) -> bool:
        """Nothing is due now."""
        return self._due is None or self._due > self._clock.now()

    def rearm(self, due: datetime | None) -> None:
        """The store's word on what comes next; replaces what was known."""
        self.stop()
        if due is not None:
            self.by(due)

    def by(self, due: datetime) -> None:
        """Something new waits until `due`; only an earlier one moves the alarm."""
        if self._due is not None and self._due <= due:
            return
        self.stop()
        self._due = due
        self._alarm = self._clock.call_at(due, self._ring)

    def stop(self) -> None:
        """Forget the alarm."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._due = None, None

    def _ring(self) -> None:
        due = self._due
        if due is not None and due > self._clock.now():
            self._alarm = self._clock.call_at(due, self._ring)
            return
        self._alarm, self._due = None, None
        self._tick()


def earliest(writes: Writes, now: datetime) -> datetime | None:
    """When the first wait that a batch began is over."""
    dues = [row.timer.due for row in writes.timers]
    for row in (*writes.mts, *writes.changed_mts):
        if row.deadline is not None:
            dues.append(row.deadline)
        if row.not_before > now:
            dues.append(row.not_before)
    dues += [row.until for row in writes.refusals]
    if writes.parts_deadline is not None:
        dues.append(writes.parts_deadline)
    return min(dues, default=None)
