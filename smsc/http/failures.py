"""How often an address has failed to log in, in a table that an attacker cannot grow."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable


class Failures:
    """Counts failures per address; from `failures_max` within `window_s` seconds on, the address is barred.

    Holds at most `addresses_max` addresses; the one that failed longest ago is forgotten first.
    """

    def __init__(
        self,
        *,
        failures_max: int = 20,
        window_s: float = 60.0,
        addresses_max: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_max = failures_max
        self._window_s = window_s
        self._addresses_max = addresses_max
        self._now = now
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def barred(self, address: str) -> bool:
        """Whether the address has failed too often in its window."""
        since, failures = self._counts.get(address, (0.0, 0))
        return failures >= self._failures_max and self._now() - since < self._window_s

    def wait_s(self, address: str) -> int:
        """After how many whole seconds a barred address may call again."""
        since, _ = self._counts.get(address, (self._now(), 0))
        return max(1, math.ceil(since + self._window_s - self._now()))

    def count(self, address: str) -> None:
        """One failure more; a window begins with the first failure after the last one's end."""
        now = self._now()
        since, failures = self._counts.pop(address, (now, 0))
        if now - since >= self._window_s:
            since, failures = now, 0
        self._counts[address] = (since, failures + 1)
        if len(self._counts) > self._addresses_max:
            self._counts.popitem(last=False)
