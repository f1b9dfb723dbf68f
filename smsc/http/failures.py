"""How often an address has failed to log in, in a table that an attacker cannot grow."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

IPV6_PREFIX = 64
"""What one household or machine has of IPv6 (RFC 6177 §2): its addresses count as one."""


def place_of(address: str) -> str:
    """What failures are counted for: the address, the /64 of an IPv6 one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> IPV6_PREFIX << IPV6_PREFIX)) + f"/{IPV6_PREFIX}"


class Failures:
    """Counts failures per address, or /64 of IPv6; from `failures_max` within `window_s` seconds on, it is barred.

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
        since, failures = self._counts.get(place_of(address), (0.0, 0))
        return failures >= self._failures_max and self._now() - since < self._window_s

    def wait_s(self, address: str) -> int:
        """After how many whole seconds a barred address may call again."""
        since, _ = self._counts.get(place_of(address), (self._now(), 0))
        return max(1, math.ceil(since + self._window_s - self._now()))

    def count(self, address: str) -> None:
        """One failure more; a window begins with the first failure after the last one's end."""
        now, address = self._now(), place_of(address)
        since, failures = self._counts.pop(address, (now, 0))
        if now - since >= self._window_s:
            since, failures = now, 0
        self._counts[address] = (since, failures + 1)
        if len(self._counts) > self._addresses_max:
            self._counts.popitem(last=False)
