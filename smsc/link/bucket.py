"""How many messages a second may leave."""

from __future__ import annotations

BURST_S = 0.1
"""Carriers count by the second: a burst of a tenth keeps any second within 1.1 times the rate."""


class TokenBucket:
    """`rate` tokens a second, a tenth of a second's worth kept (at least one). Monotonic seconds."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, *, now: float) -> None:
        if rate <= 0:
            raise ValueError(f"rate {rate} is not positive")
        self._rate = rate
        self._burst = max(1.0, rate * BURST_S)
        self._tokens = self._burst
        self._at = now

    def set_rate(self, rate: float, *, now: float) -> None:
        """Another rate from now on; tokens beyond its burst are lost."""
        self.available(now)
        self._rate = rate
        self._burst = max(1.0, rate * BURST_S)
        self._tokens = min(self._tokens, self._burst)

    def available(self, now: float) -> int:
        """Whole tokens there are."""
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
        return int(self._tokens + 1e-9)

    def take(self) -> None:
        """Use one of those `available`."""
        self._tokens -= 1.0

    def full_at(self) -> float:
        """When at least half the burst, and one whole token, will be there: the moment to wake for."""
        wanted = max(1.0, self._burst / 2)
        return self._at + max(0.0, wanted - self._tokens) / self._rate
