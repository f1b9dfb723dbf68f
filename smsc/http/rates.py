"""How often a key may call, in a table that stays small."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping


class Rates:
    """A bucket of tokens for each key: `burst` calls at once, `calls_per_s` in the long run.

    Holds at most `keys_max` buckets; the one used longest ago is forgotten first, which can only be kind.
    """

    def __init__(
        self,
        *,
        calls_per_s: float = 50.0,
        burst: int | None = None,
        keys_max: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls_per_s = calls_per_s
        self._burst = max(1, math.ceil(2 * calls_per_s)) if burst is None else burst
        self._keys_max = keys_max
        self._now = now
        self._buckets: OrderedDict[int | str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: int | str) -> tuple[bool, Mapping[str, str]]:
        """Whether the key may call now, and the headers that say where it stands.

        RateLimit-Limit: calls at once; -Remaining: calls left; -Reset: seconds until all are back.
        """
        now = self._now()
        left, at = self._buckets.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._calls_per_s)
        allowed = left >= 1.0
        left -= 1.0 if allowed else 0.0
        self._buckets[key] = (left, now)
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        headers = {
            "RateLimit-Limit": str(self._burst),
            "RateLimit-Remaining": str(int(left)),
            "RateLimit-Reset": str(math.ceil((self._burst - left) / self._calls_per_s)),
        }
        if not allowed:
            headers["Retry-After"] = str(max(1, math.ceil((1.0 - left) / self._calls_per_s)))
        return allowed, headers
