"""How much may be in hand at once, in octets of memory: counted items alone bound nothing where one may be 64 KiB."""

from __future__ import annotations


class Budget:
    """Octets that are in hand together. Whoever would go beyond is told to come again; no waiting, no queue."""

    __slots__ = ("in_hand", "octets_max")

    def __init__(self, octets_max: int) -> None:
        self.octets_max = octets_max
        self.in_hand = 0

    def take(self, octets: int) -> bool:
        """Whether there is room; then they count until they are given back."""
        if self.in_hand + octets > self.octets_max:
            return False
        self.in_hand += octets
        return True

    def give_back(self, octets: int) -> None:
        """What was taken is no longer in hand."""
        self.in_hand -= octets
