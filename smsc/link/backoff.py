"""When to dial again."""

from __future__ import annotations

from random import Random

from smsc.link.settings import Rebind


class Backoff:
    """The next delay after each ended session, in seconds."""

    def __init__(self, rebind: Rebind, rng: Random) -> None:
        self._rebind = rebind
        self._rng = rng
        self._failures = 0
        self._refusals = 0

    def after(self, *, up_s: float, refused: bool) -> float:
        """`up_s`: how long the bind stood, 0 if it never did; `refused`: the carrier said no to our account.

        Half of each wait is drawn by lot: else all sessions of all nodes would dial in step.
        """
        rebind = self._rebind
        if up_s >= rebind.steady_s:
            self._failures = 0
        if refused:
            ceiling = min(rebind.refused_max_s, rebind.refused_s * 2.0 ** min(self._refusals, 30))
            self._refusals += 1
            # Never sooner than asked for: a locked account is not opened by luck.
            return ceiling * self._rng.uniform(1.0, 1.25)
        self._refusals = 0
        ceiling = min(rebind.max_s, rebind.initial_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return ceiling * self._rng.uniform(0.5, 1.0)
