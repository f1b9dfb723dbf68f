"""Ids made at the edge: 63-bit, rising with time, unique across nodes; and message references."""

from __future__ import annotations

import time
from collections.abc import Callable

EPOCH_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z: 41 bits of milliseconds from here reach the year 2094."""

NODE_BITS, SEQUENCE_BITS = 10, 12


def wall_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Ids:
    """Decimal ids for MOs, MTs, calls and events of one node.

    41 bits of milliseconds, 10 of the node's number, 12 of sequence. A clock that steps back does not make an
    id twice: the last millisecond is kept until it is passed.
    """

    def __init__(self, node: int, *, ms: Callable[[], int] = wall_ms, reference: int = 0) -> None:
        self._node = (node & ((1 << NODE_BITS) - 1)) << SEQUENCE_BITS
        self._ms = ms
        self._last = 0
        self._sequence = 0
        self._reference = reference

    def next(self) -> int:
        """A new id."""
        now = self._ms() - EPOCH_MS
        if now > self._last:
            self._last, self._sequence = now, 0
        else:
            self._sequence += 1
            if self._sequence >> SEQUENCE_BITS:
                self._last, self._sequence = self._last + 1, 0
        return (self._last << (NODE_BITS + SEQUENCE_BITS)) | self._node | self._sequence

    def reference(self) -> int:
        """A user_message_reference, 0..65535, that repeats only after 65,536 messages (SMPP v3.4 §5.3.2.17)."""
        self._reference = (self._reference + 1) & 0xFFFF
        return self._reference
