"""How many MTs may be on the wire to each carrier; decided and sent share it (D3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Window:
    """Free slots by carrier. A batch reserves them before it decides and gives back what it did not use.

    `free` asks the binds; `unsettled` counts short messages handed out whose outcome is not yet stored, so that a
    slow store bounds what is in memory; `in_hand` has them by MT.
    """

    def __init__(self, free: Callable[[], Mapping[str, int]], *, unsettled_max: int) -> None:
        self._free = free
        self._unsettled_max = unsettled_max
        self._reserved: dict[str, int] = {}
        self.unsettled = 0
        self.in_hand: dict[int, int] = {}
        self.backlog: dict[str, bool] = {}

    def reserve(self) -> dict[str, int]:
        """Take all free slots; nothing when too much is unsettled."""
        room = self._unsettled_max - self.unsettled
        slots: dict[str, int] = {}
        for carrier, free in self._free().items():
            taken = max(0, min(free - self._reserved.get(carrier, 0), room))
            if taken:
                slots[carrier] = taken
                self._reserved[carrier] = self._reserved.get(carrier, 0) + taken
                room -= taken
        return slots

    def hand_out(self, mt: int) -> None:
        """One short message of an MT goes to the binds."""
        self.unsettled += 1
        self.in_hand[mt] = self.in_hand.get(mt, 0) + 1

    def settled(self, mt: int, pieces: int = 1) -> None:
        """What became of so many of them is stored."""
        self.unsettled -= pieces
        left = self.in_hand.pop(mt, 0) - pieces
        if left > 0:
            self.in_hand[mt] = left

    @property
    def can_fill(self) -> bool:
        """Whether queued MTs may go that nobody has claimed: a bind got room while the last batch was committed."""
        return self.unsettled < self._unsettled_max and any(
            self.backlog.get(carrier) and free > self._reserved.get(carrier, 0)
            for carrier, free in self._free().items()
        )

    def release(self, slots: Mapping[str, int]) -> None:
        """Give reserved slots back; what was sent meanwhile shows in the binds' own count."""
        for carrier, count in slots.items():
            self._reserved[carrier] -= count

    def settle(self, slots: Mapping[str, int], backlog: Mapping[str, bool]) -> None:
        """After a commit the reservation ends; whether rows are left in the queue is known again."""
        self.release(slots)
        self.backlog.update(backlog)
