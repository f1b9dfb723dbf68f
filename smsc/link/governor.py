"""How fast one process may dial, all its binds together."""

from __future__ import annotations

from random import Random

CONNECTS_PER_S = 5.0


class DialGovernor:
    """Hands out moments to dial, at most `per_s` a second: after a common outage nobody storms.

    Every dialler of the process shares one. Half of each gap is drawn by lot, so that two nodes do not dial in
    step. Monotonic seconds.
    """

    def __init__(self, *, per_s: float = CONNECTS_PER_S, rng: Random | None = None) -> None:
        if per_s <= 0:
            raise ValueError(f"{per_s} connects a second are none")
        self._gap_s = 1.0 / per_s
        self._rng = rng or Random()
        self._next_at = float("-inf")

    def wait_s(self, now: float) -> float:
        """Take the next moment: how long until then. A moment that is not used is lost."""
        at = max(now, self._next_at)
        self._next_at = at + self._gap_s * self._rng.uniform(1.0, 1.5)
        return at - now
