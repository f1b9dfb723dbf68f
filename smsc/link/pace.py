"""How fast MTs may leave on one bind after its carrier has said "slower"."""

from __future__ import annotations

PAUSE_S = 1.0
"""The first pause after a throttling answer; each that follows without a taken MT between doubles it."""
PAUSE_S_MAX = 30.0
CUT = 0.5
"""What is left of the rate after a throttling answer."""
FLOOR = 1.0
"""MTs a second that are tried however often the carrier throttles."""
CLIMB = 0.1
"""Share of the former rate that comes back with each second in which MTs were taken and none was throttled."""


class Pace:
    """Pauses and halves on throttling, climbs back by tenths; the agreed rate is never passed.

    With no agreed rate (None) the rate that was throttled is the goal, and once it is reached and doubled the bind
    is free again. Times are monotonic seconds, rates MTs a second.
    """

    __slots__ = ("_agreed", "_goal", "_hits", "_paused_until", "_rate", "_second", "_taken", "_taken_before")

    def __init__(self, agreed: float | None) -> None:
        self._agreed = agreed
        self._rate = agreed
        self._goal = agreed or 0.0
        self._paused_until = 0.0
        self._hits = 0
        self._second = 0.0
        self._taken = 0
        self._taken_before = 0

    @property
    def rate(self) -> float | None:
        """What may leave now; None: no limit."""
        return self._rate

    @property
    def paused_until(self) -> float:
        """Until then nothing may leave."""
        return self._paused_until

    def throttled(self, now: float) -> bool:
        """The carrier said "slower". Out: whether this began a pause: answers to what was on its way do not."""
        self._turn(now)
        if now < self._paused_until:
            return False
        measured = float(max(self._taken, self._taken_before, FLOOR))
        before = measured if self._rate is None else min(self._rate, max(measured, self._rate * CUT))
        if self._agreed is None and self._hits == 0:
            self._goal = max(self._goal, before)
        self._rate = max(FLOOR, before * CUT)
        self._paused_until = now + min(PAUSE_S_MAX, PAUSE_S * 2.0 ** min(self._hits, 30))
        self._hits += 1
        self._second = self._paused_until
        self._taken = self._taken_before = 0
        return True

    def taken(self, now: float) -> bool:
        """The carrier took an MT. Out: whether the rate has changed."""
        if now >= self._paused_until and self._hits:
            self._hits = 0
        changed = self._turn(now)
        self._taken += 1
        return changed

    def _turn(self, now: float) -> bool:
        """Close the seconds that are over."""
        if now < self._second + 1.0:
            return False
        self._taken_before, self._taken = (self._taken if now < self._second + 2.0 else 0), 0
        self._second = now
        return self._climb() if self._taken_before and not self._hits else False

    def _climb(self) -> bool:
        if self._rate is None or self._rate == self._agreed:
            return False
        self._rate += max(FLOOR, self._goal * CLIMB)
        if self._agreed is not None:
            self._rate = min(self._rate, self._agreed)
        elif self._rate >= 2 * self._goal:
            self._rate = None
        return True
