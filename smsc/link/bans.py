"""Addresses from which nobody may connect for a while."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

ADDRESSES_MAX = 10_000
"""Addresses that are remembered; the one that failed longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class BanRule:
    """`failures` refused binds within `within_s` seconds ban an address for `ban_s` seconds."""

    failures: int = 10
    within_s: float = 60.0
    ban_s: float = 300.0


class Bans:
    """Counts refused binds by address. Monotonic seconds."""

    def __init__(self, rule: BanRule) -> None:
        self._rule = rule
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._until: OrderedDict[str, float] = OrderedDict()

    def failed(self, host: str, now: float) -> bool:
        """A bind from `host` was refused. Out: whether that banned it."""
        moments = self._failed.setdefault(host, deque(maxlen=self._rule.failures))
        self._failed.move_to_end(host)
        moments.append(now)
        _forget_oldest(self._failed)
        if len(moments) < self._rule.failures or moments[0] < now - self._rule.within_s:
            return False
        del self._failed[host]
        self._until[host] = now + self._rule.ban_s
        self._until.move_to_end(host)
        _forget_oldest(self._until)
        return True

    def is_banned(self, host: str, now: float) -> bool:
        """Whether `host` has to wait still."""
        until = self._until.get(host)
        if until is not None and until <= now:
            del self._until[host]
            return False
        return until is not None


def _forget_oldest(by_host: OrderedDict[str, deque[float]] | OrderedDict[str, float]) -> None:
    while len(by_host) > ADDRESSES_MAX:
        by_host.popitem(last=False)
