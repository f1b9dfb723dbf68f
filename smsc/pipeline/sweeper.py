"""When to look for MTs that are `sending` though no bind has them (D3).

Their COMMIT was of unknown fate, or their result could not be stored. A restart would find them; this does while the
node runs: when the store comes back, and twice after that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from smsc.pipeline.window import Window

SWEEP_MAX = 500
"""Rows put right in one batch."""
PAUSES = tuple(timedelta(seconds=s) for s in (0.0, 5.0, 60.0))
"""From the store's return to each look: a COMMIT may take effect after its connection has failed."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a batch knows of the binds as it begins."""

    in_hand: frozenset[int]
    """MTs that are with the binds, or whose outcome waits to be stored."""
    undecided: frozenset[int]
    """MTs that were with the binds and whose outcome could not be stored: they may have reached the carrier."""


class Sweeper:
    """When to look, in business time; each look takes a snapshot before its batch begins."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._looks: list[datetime] = []
        self._undecided: set[int] = set()

    @property
    def next_at(self) -> datetime | None:
        """When the next look is due."""
        return self._looks[0] if self._looks else None

    def begin(self, now: datetime, *, undecided: int | None = None) -> None:
        """Rows may have been left behind; `undecided` is an MT of which that is certain."""
        if undecided is not None:
            self._undecided.add(undecided)
        self._looks = [now + pause for pause in PAUSES]

    def look(self, now: datetime) -> Sweep | None:
        """The snapshot for a batch, when a look is due. Each is taken once, so that a bad row cannot stop the line."""
        if not self._looks or self._looks[0] > now:
            return None
        del self._looks[0]
        undecided = frozenset(self._undecided)
        return Sweep(frozenset(self._window.in_hand) - undecided, undecided)

    def swept(self, found: Collection[int], now: datetime) -> None:
        """These were put right; a full batch may have left more."""
        self._undecided.difference_update(found)
        if len(found) >= SWEEP_MAX:
            self._looks.insert(0, now)
