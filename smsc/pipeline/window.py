"""How many MTs may be on the wire to each carrier; decided and sent share it (D3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Window:
    """Free slots by carrier. A batch reserves them before it decides and gives back what it did not use.

    `free` asks the binds; `unsettled` counts MTs handed out whose outcome is not yet stored, so that a slow
    store bounds what is in memory.
    """

    def __init__(self, free: Callable[[], Mapping[str, int]], *, unsettled_max: int) -> None:
        self._free = free
        self._unsettled_max = unsettled_max
        self._reserved: dict[str, int] = {}
        self.unsettled = 0
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

    def release(self, slots: Mapping[str, int]) -> None:
        """Give reserved slots back; what was sent meanwhile shows in the binds' own count."""
        for carrier, count in slots.items():
            self._reserved[carrier] -= count

    def settle(self, slots: Mapping[str, int], backlog: Mapping[str, bool]) -> None:
        """After a commit the reservation ends; whether rows are left in the queue is known again."""
        self.release(slots)
        self.backlog.update(backlog)
