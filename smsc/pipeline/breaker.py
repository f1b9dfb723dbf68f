"""The circuit breaker of callback endpoints: one that keeps failing is asked by one callback at a time.

STOP notices are not held by it (RP1a): they keep their own times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES_MAX = 5
"""Failures in a row, of whatever callbacks, that open the breaker."""
REST_S, REST_S_MAX = 10.0, 60.0
"""How long it rests before the first probe; doubled by each probe that fails."""


@dataclass(slots=True)
class _Circuit:
    url: str
    failures: int = 0
    probe_at: datetime | None = None


class Breakers:
    """One circuit for each merchant, as its endpoint is one URL; another URL begins anew."""

    def __init__(self) -> None:
        self._circuits: dict[str, _Circuit] = {}

    def ended(self, merchant: str, url: str, now: datetime, *, taken: bool) -> None:
        """Count how a post ended."""
        if taken:
            self._circuits.pop(merchant, None)
            return
        circuit = self._circuits.get(merchant)
        if circuit is None or circuit.url != url:
            circuit = self._circuits[merchant] = _Circuit(url)
        circuit.failures += 1
        if circuit.failures >= FAILURES_MAX and (circuit.probe_at is None or circuit.probe_at <= now):
            rest_s = REST_S * 2.0 ** min(circuit.failures - FAILURES_MAX, 10)
            circuit.probe_at = now + timedelta(seconds=min(rest_s, REST_S_MAX))

    def reset(self, merchant: str) -> None:
        """Forget what an endpoint did: somebody says that it is well."""
        self._circuits.pop(merchant, None)

    def opened(self) -> dict[str, datetime]:
        """Merchants whose breaker is open, and when each may be probed."""
        return {name: c.probe_at for name, c in self._circuits.items() if c.probe_at is not None}

    def is_open(self, merchant: str) -> bool:
        """Whether at most one callback may be on its way."""
        circuit = self._circuits.get(merchant)
        return circuit is not None and circuit.probe_at is not None

    def next_probe(self, now: datetime) -> datetime | None:
        """When the next one may be probed."""
        return min((at for at in self.opened().values() if at > now), default=None)
